"""The audit log: reading it, verifying it against its checkpoints and the ledger's state, proving one record."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jit.interface import JitError, TamperError
from jit.ledger import Ledger
from jit.proof.canonical import commitment
from jit.proof.chain import Row, Start, check_checkpoints, fault, walk
from jit.proof.checkpoint import Checkpoint, Note, check_signed, opened
from jit.proof.merkle import Growth, included, inclusion_proof, leaf_hash
from jit.proof.record import Event, Record
from jit.proof.signing import PublicKey


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification showed. `proven` records are under a signed checkpoint; `open_points` is what is not shown."""

    records: int
    first: int
    last: int
    root: str
    proven: int
    keys: tuple[str, ...]
    trusted: bool
    open_points: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every record is under a checkpoint."""
        return self.proven == self.last

    def as_json(self) -> dict[str, Any]:
        """The item that `audit verify` prints."""
        return {
            "verified": True, "records": self.records, "first_seq": self.first, "last_seq": self.last,
            "merkle_root": self.root, "proven_to": self.proven, "keys": list(self.keys), "key_given": self.trusted,
            "open_points": list(self.open_points),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit log of one ledger."""

    ledger: Ledger

    def record(self, event: Event, now: datetime) -> Record:
        """Put on record what happened elsewhere: a review decision, a changed policy, a login."""
        return self.ledger.record(event, now)

    def records(self, *, after: int = 0) -> Iterator[Record]:
        """The records after `after`, in order."""
        return self.ledger.records(after=after)

    def verify(self, keys: Sequence[PublicKey] | None = None, earlier: Sequence[str] = ()) -> Verified:
        """Check every record, the tree, every checkpoint, and that the ledger's state is what the log says.

        `keys` are public keys that the caller holds from elsewhere; without them those beside the ledger are taken,
        which proves less. `earlier` are checkpoint notes kept elsewhere. Raises TamperError naming the first fault.
        """
        known = tuple(keys) if keys is not None else self.ledger.keys.public()
        kept = [opened(note, known) for note in earlier]
        notes = [Note.read(note) for note in self.ledger.checkpoints.notes()]
        checkpoints = [*kept, *(note.checkpoint for note in notes)]
        sizes = {checkpoint.size for checkpoint in checkpoints}
        roots: dict[int, bytes] = {}
        states: dict[str, tuple[int, str]] = {}
        last, tree = 0, Growth(Start().tree)
        for body, tree in walk(self._rows(), Start()):
            last = body["seq"]
            if last in sizes:
                roots[last] = tree.root
            if mac := body.get("detail", {}).get("mac"):
                states[_subject(body)] = (last, mac)
        check_signed(notes, known)
        proven = check_checkpoints(checkpoints, roots.get, last)
        self._check_tip(last, tree.root)
        self._check_states(states)
        names = tuple(map(str, known))
        return Verified(last, min(1, last), last, tree.root.hex(), proven, names, keys is not None,
                        tuple(_open_points(proven, last, trusted=keys is not None)))  # fmt: skip

    def prove(self, seq: int) -> dict[str, Any]:
        """That record `seq` is in the log, for somebody who has only the public key: an inclusion proof as JSON."""
        last = self.ledger.tip().seq
        note = self.ledger.checkpoints.last()
        if note is None or not 1 <= seq <= last:
            error = JitError(f"no record {seq} in the audit log")
            error.add_note(f"it has records 1 to {last}" if last else "nothing was recorded yet")
            raise error
        checkpoint = opened(note, self.ledger.keys.public())
        if checkpoint.size < seq:
            raise JitError(f"record {seq} is under no checkpoint yet")
        (proof,) = self.proofs([seq], note, checkpoint.size)
        return proof

    def proofs(self, seqs: Sequence[int], note: str, size: int) -> list[dict[str, Any]]:
        """Inclusion proofs of some records under the checkpoint `note` over `size` records."""
        rows = [row for _, row in zip(range(size), self._rows(), strict=False)]
        leaves = [leaf_hash(text.encode()) for _, text, _ in rows]
        keys = list(map(str, self.ledger.keys.public()))
        return [
            {"seq": seq, "record": rows[seq - 1][1], "hash": leaves[seq - 1].hex(), "checkpoint": note, "keys": keys,
             "path": [step.hex() for step in inclusion_proof(leaves, seq - 1)]}
            for seq in seqs
        ]  # fmt: skip

    def _rows(self) -> Iterator[Row]:
        after = 0
        while page := self.ledger.rows(after):
            yield from page
            after = page[-1][0]

    def _check_tip(self, last: int, root: bytes) -> None:
        tip = self.ledger.tip()
        if tip.seq < last or (tip.seq == last and tip.tree.root != root):
            raise fault(last, "is not where the ledger thinks that its log ends")
        if tip.seq > last and not self.ledger.rows(last):
            raise fault(last + 1, f"is missing: the ledger thinks that its log ends at {tip.seq}")

    def _check_states(self, states: dict[str, tuple[int, str]]) -> None:
        """Replay equals state: each request and grant is, to the letter, what its last record says."""
        secret = self.ledger.keys.commitment()
        for name, text in self.ledger.documents():
            seq, mac = states.pop(name, (0, ""))
            if not seq:
                raise TamperError(f"{name} is in the ledger, but no record says how it came there")
            if commitment(secret, text) != mac:
                raise TamperError(f"{name} is not what record {seq} says of it")
        for name, (seq, _) in states.items():
            raise TamperError(f"{name}, of which record {seq} speaks, is not in the ledger")


def check_proof(proof: dict[str, Any], keys: Sequence[PublicKey] | None = None) -> Checkpoint:
    """The checkpoint under which the record of an inclusion proof is shown to be. Raises TamperError."""
    try:
        known = tuple(keys) if keys is not None else tuple(map(PublicKey.parse, proof["keys"]))
        checkpoint = opened(proof["checkpoint"], known)
        leaf = leaf_hash(proof["record"].encode())
        path = [bytes.fromhex(step) for step in proof["path"]]
        seq = json.loads(proof["record"])["seq"]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TamperError("that is no proof of an audit record") from None
    if seq != proof["seq"] or not included(leaf, seq - 1, checkpoint.size, path, checkpoint.root):
        raise fault(proof["seq"], f"is not in the log of which the checkpoint at {checkpoint.size} speaks")
    return checkpoint


def _subject(body: dict[str, Any]) -> str:
    """The id of what a record tells the state of."""
    name: str = body["detail"].get("id") or body["grant" if body["type"].startswith("grant.") else "request"]
    return name


def _open_points(proven: int, last: int, *, trusted: bool) -> Iterator[str]:
    if proven < last:
        since = f"after record {proven}" if proven else "at all"
        yield f"no checkpoint {since}: whether records were cut from the end cannot be told"
    if not trusted:
        yield "the public key lay beside the log: whoever could replace both is not found out; give one with --key"
