"""Whether lines of an audit log are what was written: the hash chain, the tree, and where the first fault is. Pure."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jit.interface import TamperError
from jit.proof.checkpoint import Checkpoint
from jit.proof.merkle import Frontier, Growth, leaf_hash
from jit.proof.record import START

_decoded = json.JSONDecoder().raw_decode  # a record has no white space around it that would have to be skipped
Row = tuple[int, str, str]
"""A line as it lies somewhere: its number, its text, the hash that is said to be its own."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stretch of the log begins: after `seq` records, the last of which has `hash`."""

    seq: int = 0
    hash: str = START
    tree: Frontier = field(default_factory=Frontier)


def walk(rows: Iterable[Row], start: Start) -> Iterator[tuple[dict[str, Any], Growth]]:
    """Every record with the tree up to it, as long as each is whole, in its place, and bound to the one before.

    Raises TamperError naming the first that is not.
    """
    seq, before, tree, clock = start.seq, start.hash, Growth(start.tree), ""
    for number, text, stated in rows:
        seq += 1
        if number != seq:
            raise fault(seq, "is missing" if number > seq else "is there twice")
        leaf = leaf_hash(text.encode("utf-8", "surrogatepass"))
        if leaf.hex() != stated:
            raise fault(seq, "was changed: its text does not have its hash")
        try:
            body, end = _decoded(text)
            place, prev, when = body["seq"], body["prev"], body["ts"]
        except (ValueError, KeyError, TypeError):
            raise fault(seq, "is no record") from None
        if place != seq or prev != before or end != len(text):
            raise fault(seq, "is not the one that followed record " + str(seq - 1))
        if when < clock and body["type"] != "clock.accepted":
            raise fault(seq, "is older than the one before it")
        before, clock = stated, when
        tree.add(leaf)
        yield body, tree


def fault(seq: int, what: str) -> TamperError:
    """The error for a record that does not verify."""
    return TamperError(f"record {seq} {what}")


def check_checkpoints(checkpoints: Iterable[Checkpoint], root_at: Callable[[int], bytes | None], last: int) -> int:
    """The size that the latest checkpoint proves; 0 without any.

    Raises TamperError where the log is shorter than a checkpoint says, or another than it says.
    """
    proven, ordered = 0, sorted(checkpoints, key=lambda each: each.size)
    for checkpoint in ordered:
        if checkpoint.size > last:
            raise fault(last + 1, f"is missing: a checkpoint knows {ordered[-1].size} records, the log ends at {last}")
        if root_at(checkpoint.size) != checkpoint.root:
            upto = f" or one up to {checkpoint.size}" if proven + 1 < checkpoint.size else ""
            raise fault(
                proven + 1, f"{upto} was rewritten: the checkpoint at {checkpoint.size} has another root".strip()
            )
        proven = checkpoint.size
    return proven
