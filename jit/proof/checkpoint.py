"""Signed checkpoints (C2SP tlog-checkpoint notes), kept apart from the ledger so that a cut tail is seen."""

import base64
import binascii
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jit.interface import LedgerError, TamperError
from jit.proof.canonical import moment, stamp
from jit.proof.merkle import Frontier
from jit.proof.signing import PublicKey, SigningKey

TAIL = 4096  # bytes from the end that surely hold the last checkpoint


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log `origin` was at one moment: how many records, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes
    at: datetime

    @classmethod
    def of(cls, origin: str, frontier: Frontier, at: datetime) -> "Checkpoint":
        """The checkpoint of a tree."""
        return cls(origin, frontier.size, frontier.root, at)

    @property
    def body(self) -> str:
        """The signed text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\nat {stamp(self.at)}\n"

    def signed(self, key: SigningKey) -> str:
        """The note: body, empty line, signature line."""
        signature = base64.b64encode(key.public.mark + key.sign(self.body.encode())).decode()
        return f"{self.body}\n— {key.name} {signature}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as it was found: what it says, and the signature that is yet to be checked."""

    checkpoint: Checkpoint
    name: str
    mark: bytes
    signature: bytes

    @classmethod
    def read(cls, text: str) -> "Note":
        """The note that `text` is. Raises TamperError where it is none."""
        body, _, line = text.partition("\n\n")
        dash, name, signature = (*line.strip().split(" "), "", "")[:3]
        try:
            raw = base64.b64decode(signature, validate=True)
            origin, size, root, at = body.split("\n")
            found = Checkpoint(origin, int(size), base64.b64decode(root, validate=True), moment(at.removeprefix("at ")))
        except (binascii.Error, ValueError):
            raise TamperError("a checkpoint is not one") from None
        if dash != "—" or f"{body}\n" != found.body:
            raise TamperError("a checkpoint is not one")
        return cls(found, name, raw[:4], raw[4:])

    def checked(self, keys: Sequence[PublicKey]) -> Checkpoint:
        """The checkpoint, signed by one of `keys`. Raises TamperError."""
        signers = [key for key in keys if key.name == self.name and key.mark == self.mark]
        if not any(key.signed(self.checkpoint.body.encode(), self.signature) for key in signers):
            raise TamperError(f"the checkpoint at record {self.checkpoint.size} is not signed by a key of this log")
        return self.checkpoint


def opened(text: str, keys: Sequence[PublicKey]) -> Checkpoint:
    """The checkpoint that `text` carries, signed by one of `keys`. Raises TamperError."""
    return Note.read(text).checked(keys)


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """Notes, one JSON string a line, only ever appended; best kept on another volume than the ledger."""

    path: Path

    @contextmanager
    def appending(self) -> Iterator[Callable[[str], None]]:
        """A way to add a note, durably and in one write; that it can be written is known before it has to be."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0) as file:

            def add(note: str) -> None:
                file.write(json.dumps(note).encode() + b"\n")
                os.fsync(file.fileno())

            yield add

    def append(self, note: str) -> None:
        """Add a note."""
        with self.appending() as add:
            add(note)

    def notes(self) -> Iterator[str]:
        """Every note, oldest first. A last line without its end was cut by a crash and says nothing."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            yield from (_note(line) for line in file if line.endswith(b"\n"))

    def last(self) -> str | None:
        """The last whole note, without reading the others."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            whole = [line for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]
        return _note(whole[-1]) if whole else None


def _note(line: bytes) -> str:
    try:
        note = json.loads(line)
    except ValueError:
        raise TamperError("the file of checkpoints holds a line that is none") from None
    return str(note)


def unwitnessed(path: Path, cause: Exception) -> LedgerError:
    """The error for checkpoints that cannot be written to `path`, for `cause`."""
    if isinstance(cause, LedgerError):
        return cause
    error = LedgerError(f"the checkpoints {path} cannot be written")
    error.add_note("nothing is lent until they can; is the disk full, or the folder not yours?")
    return error


def gone(path: Path) -> TamperError:
    """The error for a ledger that is not at `path` any more."""
    error = TamperError(f"the ledger {path} is gone, though there are checkpoints of it")
    error.add_note("put it back, or, to begin anew on purpose, move the checkpoints away")
    return error
