"""The Merkle tree of RFC 6962: a root that stands for a whole log, and proofs that one record is in it. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def leaf_hash(record: bytes) -> bytes:
    """The hash of one record as a leaf: SHA-256(0x00 ‖ record)."""
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that is needed to go on with a tree: its size and the roots of its full subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def add(self, leaf: bytes) -> "Frontier":
        """The frontier with one more leaf hash."""
        size, peaks, joined = self.size, self.peaks, leaf
        while size & 1:
            joined = node_hash(peaks[-1], joined)
            peaks, size = peaks[:-1], size >> 1
        return Frontier(self.size + 1, (*peaks, joined))

    def extend(self, leaves: Iterable[bytes]) -> "Frontier":
        """The frontier with more leaf hashes."""
        grown = self
        for leaf in leaves:
            grown = grown.add(leaf)
        return grown

    @property
    def root(self) -> bytes:
        """The root of the tree; that of no leaves is SHA-256 of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


class Growth:
    """A tree that grows in place, for walking a long log: a frontier for every leaf would cost more than its hash."""

    def __init__(self, start: Frontier) -> None:
        """Go on from `start`."""
        self.size = start.size
        self._peaks = list(start.peaks)

    def add(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        size, peaks, joined = self.size, self._peaks, leaf
        while size & 1:
            joined = hashlib.sha256(b"\x01" + peaks.pop() + joined).digest()
            size >>= 1
        peaks.append(joined)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self._peaks:
            return Frontier().root
        root = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            root = hashlib.sha256(b"\x01" + peak + root).digest()
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    return Frontier().extend(leaves).root


def _split(size: int) -> int:
    """The largest power of two below `size`: how many leaves the left subtree has."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of leaf `index` (RFC 6962 §2.1.1), from the leaf up."""
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*inclusion_proof(leaves[:split], index), root_of(leaves[split:]))
    return (*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split]))


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that `leaf` is at `index` of the tree of `size` with `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, grown = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            grown = node_hash(sibling, grown)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            grown = node_hash(grown, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and grown == root
