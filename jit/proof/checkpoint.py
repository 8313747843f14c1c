"""Signed checkpoints (C2SP tlog-checkpoint notes), kept apart from the ledger so that a cut tail is seen."""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from io import FileIO
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from jit.interface import LedgerError, TamperError
from jit.lines import append
from jit.proof.canonical import from_base64, moment, stamp
from jit.proof.merkle import Frontier
from jit.proof.signing import PublicKey, SigningKey

TAIL = 4096  # bytes from the end that surely hold the last checkpoint
WHOLE = b'"\n'  # the end of a line that was written to its end: a JSON string's quote, and the line's


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log `origin` was at one moment: how many records, and the root of the tree over them.

    `after` is the SHA-256 of the note that came before in the same file: who signs a note vouches for those before it.
    """

    origin: str
    size: int
    root: bytes
    at: datetime
    after: str = ""

    @classmethod
    def of(cls, origin: str, frontier: Frontier, at: datetime, after: str = "") -> "Checkpoint":
        """The checkpoint of a tree."""
        return cls(origin, frontier.size, frontier.root, at, after)

    @property
    def body(self) -> str:
        """The signed text."""
        root, after = base64.b64encode(self.root).decode(), f"after {self.after}\n" if self.after else ""
        return f"{self.origin}\n{self.size}\n{root}\nat {stamp(self.at)}\n{after}"

    def signed(self, key: SigningKey) -> str:
        """The note: body, empty line, signature line."""
        signature = base64.b64encode(key.public.mark + key.sign(self.body.encode())).decode()
        return f"{self.body}\n— {key.name} {signature}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as it was found: what it says, the signature that is yet to be checked, and the digest of it all."""

    checkpoint: Checkpoint
    name: str
    mark: bytes
    signature: bytes
    digest: str

    @classmethod
    def read(cls, text: str) -> "Note":
        """The note that `text` is. Raises TamperError where it is none."""
        body, _, line = text.partition("\n\n")
        dash, name, signature = (*line.strip().split(" "), "", "")[:3]
        try:
            raw = from_base64(signature)
            origin, size, root, at, after = (*body.split("\n"), "")[:5]
            found = Checkpoint(origin, int(size), from_base64(root), moment(at.removeprefix("at ")),
                               after.removeprefix("after "))  # fmt: skip
        except ValueError:
            raise TamperError("a checkpoint is not one") from None
        if dash != "—" or f"{body}\n" != found.body:
            raise TamperError("a checkpoint is not one")
        return cls(found, name, raw[:4], raw[4:], digest_of(text))

    def checked(self, keys: Sequence[PublicKey]) -> Checkpoint:
        """The checkpoint, signed by one of `keys`. Raises TamperError."""
        signers = [key for key in keys if key.name == self.name and key.mark == self.mark]
        if not any(key.signed(self.checkpoint.body.encode(), self.signature) for key in signers):
            raise TamperError(f"the checkpoint at record {self.checkpoint.size} is not signed by a key of this log")
        return self.checkpoint


def opened(text: str, keys: Sequence[PublicKey]) -> Checkpoint:
    """The checkpoint that `text` carries, signed by one of `keys`. Raises TamperError."""
    return Note.read(text).checked(keys)


def digest_of(text: str) -> str:
    """What the next note calls the note `text` by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_signed(notes: Sequence[Note], keys: Sequence[PublicKey]) -> None:
    """Raise TamperError for a note of one file that no key of `keys` stands behind.

    A note stands by its own signature, or by the digest that the note after it, standing itself, holds of every byte of
    it: then whoever signed that one vouched for this, and its signature need not be computed once more (100 us each).
    """
    for note, following in zip_longest(notes, notes[1:]):
        if following is None or following.checkpoint.after != note.digest:
            note.checked(keys)


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """Notes, one JSON string a line, only ever appended; best kept on another volume than the ledger."""

    path: Path

    @contextmanager
    def appending(self) -> Iterator[Callable[[Checkpoint, SigningKey], None]]:
        """A way to add a checkpoint, durably and in one write; that it can be written is known before it has to be."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with FileIO(handle, "a+b") as file:

            def add(checkpoint: Checkpoint, key: SigningKey) -> None:
                with suppress(OSError):  # not every shared folder can lock; then two notes may follow the same one
                    fcntl.flock(handle, fcntl.LOCK_EX)
                before, tail = _last(file)
                bound = replace(checkpoint, after=digest_of(before)) if before else checkpoint
                end = b"" if tail.endswith(b"\n") or not tail else b"\n"  # what a crash left of a line stays by itself
                append(file, end + json.dumps(bound.signed(key)).encode() + b"\n")

            yield add

    def append(self, checkpoint: Checkpoint, key: SigningKey) -> None:
        """Add a checkpoint, signed by `key`."""
        with self.appending() as add:
            add(checkpoint, key)

    def notes(self) -> Iterator[str]:
        """Every note, oldest first. A line without its end was cut by a crash or a full disk, and says nothing."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            yield from (_note(line) for line in file if line.endswith(WHOLE))

    def last(self) -> str | None:
        """The last whole note, without reading the others."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            return _last(file)[0]


def _last(file: BinaryIO | FileIO) -> tuple[str | None, bytes]:
    """The last whole note of the file, and the bytes that it ends with."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
    tail = file.read(TAIL)
    whole = [line for line in tail.splitlines(keepends=True) if line.endswith(WHOLE)]
    return (_note(whole[-1]) if whole else None), tail


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
