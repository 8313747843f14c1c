"""The record on its way out: each sink follows the ledger from the place that it reached.

The ledger is what waits while a sink is down, so nothing is spooled twice and no request waits for a sink. Where a sink
stands is in a small file, written after the record was taken: a crash in between sends one record again, none is lost.
"""

import fcntl
import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event as Signal
from threading import Thread

from jit.delivery.sinks import Sink, SinkError, wants
from jit.delivery.tls import words
from jit.interface import JitError, LedgerError, TamperError
from jit.ledger import Ledger
from jit.proof.canonical import moment, stamp

POLL = 0.2  # seconds between two looks: well within the second that a watcher is promised
FIRST_WAIT, LONGEST_WAIT = 0.5, 300.0  # seconds between two tries at a sink that is down, doubling


class ForwardingError(JitError):
    """Another process forwards to the sink already."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a sink got: the last record it took. `failing` is since when it takes none, and `error` why."""

    seq: int = 0
    hash: str = ""
    failing: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """A sink by its name in the settings, the types of records that it is sent, and the folder of its position."""

    name: str
    sink: Sink
    types: tuple[str, ...]
    folder: Path

    @property
    def position(self) -> Position:
        """Where it stands. A file that cannot be read says nothing: then all is sent again."""
        try:
            body = json.loads(self._path.read_text(encoding="utf-8"))
            failing = moment(body["failing"]) if body["failing"] else None
            return Position(int(body["seq"]), str(body["hash"]), failing, str(body["error"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Position()

    def save(self, position: Position) -> None:
        """Keep where it stands, whole or not at all. Raises SinkError where it cannot be: records wait then too."""
        body = {"seq": position.seq, "hash": position.hash, "error": position.error,
                "failing": stamp(position.failing) if position.failing else None}  # fmt: skip
        draft = self.folder / f".{self.name}.{secrets.token_hex(4)}"
        try:
            draft.write_text(json.dumps(body), encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise SinkError(f"how far {self.name} got cannot be kept: {words(error)}") from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Raise ForwardingError while another process forwards to it: two would send everything twice."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = (self.folder / f"{self.name}.lock").open("w")
        except OSError as error:
            raise ForwardingError(f"the folder {self.folder} cannot be used: {words(error)}") from None
        with held as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ForwardingError(f"another process forwards to {self.name}") from None
            yield

    @property
    def _path(self) -> Path:
        return self.folder / f"{self.name}.json"


@dataclass(frozen=True, slots=True)
class Forwarder:
    """Sends the records of one ledger to its destinations, each on its own: one that is down delays no other."""

    ledger: Ledger
    destinations: tuple[Destination, ...]
    clock: Callable[[], datetime]

    def once(self, to: Destination) -> int:
        """Send what waits; how many records were taken. Raises SinkError where the sink takes no more."""
        with to.alone():
            try:
                return self._catch_up(to)
            finally:
                to.sink.close()

    def follow(self, stop: Signal, tell: Callable[[str], None]) -> None:
        """Send what comes, to every destination, until `stop` is set. `tell` hears of sinks that fail and recover.

        Raises ForwardingError, and TamperError where the log is not the one that a sink has seen.
        """
        with ThreadPoolExecutor(max_workers=len(self.destinations)) as threads:
            running = [threads.submit(self._follow, to, stop, tell) for to in self.destinations]
            try:
                wait(running, return_when=FIRST_COMPLETED)
            finally:
                stop.set()
        for one in running:
            one.result()

    def nudge(self, seconds: float) -> dict[str, bool]:
        """Try to send what waits, for so many seconds at most; by destination whether nothing waits any more."""
        threads = [Thread(target=self._quietly, args=(to,), daemon=True) for to in self.destinations]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds)
        last = self.ledger.tip().seq
        return {to.name: to.position.seq >= last for to in self.destinations}

    def _quietly(self, to: Destination) -> None:
        try:
            self.once(to)
        except (JitError, OSError):
            return  # it waits in the ledger; `alert list` says so

    def _follow(self, to: Destination, stop: Signal, tell: Callable[[str], None]) -> None:
        failed, pause = 0, POLL
        with to.alone():
            while True:
                try:
                    self._catch_up(to)
                except (SinkError, LedgerError) as error:
                    failed += 1
                    asked = error.wait if isinstance(error, SinkError) else None
                    pause = asked or _backoff(failed)
                    if failed == 1:
                        tell(f"{to.name}: {error}; what comes waits in the ledger")
                else:
                    if failed:
                        tell(f"{to.name} takes records again")
                    failed, pause = 0, POLL
                if stop.wait(pause):
                    to.sink.close()
                    return

    def _catch_up(self, to: Destination) -> int:
        """Send what is newer than the position, in order; the position follows each record."""
        position, sent = self._checked(to), 0
        wanted = wants(to.types)
        for record in self.ledger.records(after=position.seq):
            if wanted(record):
                try:
                    to.sink.send(record, self.clock())
                except SinkError as error:
                    since = position.failing or self.clock()
                    back = Position(max(0, position.seq - error.unsure)) if error.unsure else position
                    to.save(replace(back, failing=since, error=str(error)))
                    raise
                sent += 1
            position = Position(record.seq, record.hash)
            if wanted(record):
                to.save(position)
        if position != to.position:
            to.save(replace(position, failing=None, error=""))
        return sent

    def _checked(self, to: Destination) -> Position:
        """Where the sink stands. Raises TamperError where the log is not the one whose records it took."""
        position = to.position
        seen, last = to.sink.seen(), self.ledger.tip().seq
        if max(position.seq, seen) > last:
            raise TamperError(f"{to.name} has seen record {max(position.seq, seen)}, and the log ends at {last}")
        if position.hash and (row := self.ledger.rows(position.seq - 1, 1)) and row[0][2] != position.hash:
            raise TamperError(f"record {position.seq} is not the one that {to.name} was sent")
        return Position(seen, failing=position.failing) if seen > position.seq else position


def _backoff(failed: int) -> float:
    """Half a second, doubling up to five minutes, and up to a quarter more or less, so that sinks do not beat in time."""
    most = min(LONGEST_WAIT, FIRST_WAIT * float(2 ** min(failed - 1, 16)))
    return most * (0.75 + secrets.randbelow(500) / 1000)
