"""Ends that could not be put on paper: kept in small files, and on paper before anything else once that works again."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jit.change import Change
from jit.interface import GrantState, LedgerError, UnknownError
from jit.proof.canonical import moment, stamp
from jit.proof.record import Event
from jit.states import ENDED


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder of ends that wait for the ledger. Nothing is read meanwhile: every read writes to the ledger first."""

    folder: Path

    def add(self, grant: str, actor: str, reason: str, now: datetime) -> None:
        """Keep that `actor` ended `grant`, durably. Raises LedgerError where even that cannot be written."""
        said = {"grant": grant, "actor": actor, "reason": reason, "at": stamp(now)}
        draft = self.folder / f".{secrets.token_hex(8)}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(json.dumps(said).encode())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.folder / f"{draft.name[1:]}.json")
        except OSError:
            with suppress(OSError):
                draft.unlink()
            error = LedgerError(f"that {grant} ended can be put neither on paper nor aside")
            error.add_note("nothing is read meanwhile, as every read is on paper first; is the disk full?")
            raise error from None

    def waiting(self) -> list[Path]:
        """The files that wait; cheap where there never was one."""
        return sorted(self.folder.glob("*.json")) if self.folder.exists() else []


def settle(waiting: list[Path], change: Change) -> None:
    """Put what waits on paper, in the transaction of `change`."""
    for path in waiting:
        _revoke(json.loads(path.read_bytes()), change)


def _revoke(said: dict[str, Any], change: Change) -> None:
    try:
        grant = change.grant(said["grant"])
    except UnknownError:
        return
    if grant.state in ENDED:
        return
    because = f"revoked by {said['actor']} at {moment(said['at']):%Y-%m-%d %H:%M:%S} UTC, while the ledger could not be written"
    notes = (*grant.notes, *filter(None, [said["reason"]]))
    new = replace(grant, state=GrantState.REVOKED, because=(*grant.because, because), notes=notes)
    reason = change.commit_to(said["reason"])
    detail = {"spooled": said["at"], **({"reason": reason} if reason else {})}
    change.move(grant, new, Event("grant.revoked", said["actor"], grant.request_id, grant.id, grant.entries, grant.classes,
                                  "revoked", (because,), detail))  # fmt: skip
