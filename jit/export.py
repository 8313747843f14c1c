"""The audit export: a folder of parquet that proves itself, written whole or not at all."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jit import evidence
from jit.interface import JitError, LedgerError
from jit.ledger import Ledger
from jit.proof.canonical import stamp
from jit.proof.chain import Start
from jit.proof.checkpoint import Checkpoint
from jit.proof.merkle import Frontier
from jit.proof.record import Event, Record
from jit.proof.seal import Seal

MANIFEST = "manifest.json"
SEAL = Seal("datakeep audit export", "export")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records of the log that follow each other, where they start, and the tree once they are in."""

    start: Start
    records: tuple[Record, ...]
    tree: Frontier

    @property
    def last(self) -> int:
        """The number of the last record."""
        return self.start.seq + len(self.records)


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes exports of one ledger. `tables` are further tables by name: entries, decisions, coverage."""

    ledger: Ledger
    tables: Callable[[], Mapping[str, pa.Table]]

    def export(
        self,
        to: Path,
        now: datetime,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        actor: str = "datakeep",
    ) -> dict[str, Any]:
        """Write the folder `to` and return its manifest. Records with `since` ≤ ts < `until`; what the ledger keeps, all.

        That an export was made is itself on record before the folder appears. A folder that holds an earlier export
        of this log is replaced when the new one covers it; any other that is not empty is left alone, with a JitError.
        """
        extra = {name: _without_words(table) for name, table in self.tables().items()}
        papers = self.ledger.snapshot()
        if not papers.tip.seq:
            self.ledger.record(Event("ledger.opened", "datakeep", detail={"format": 1}), now)
            papers = self.ledger.snapshot()
        moment = max(now, papers.tip.clock)
        stretch = _stretch(self.ledger, papers.tip.seq, since, until)
        _check_place(to, stretch, self.ledger.keys.signing().name)
        with _aside(to) as folder:
            _write_events(folder, stretch.records)
            for name, table in {**extra, **evidence.tables(papers, moment)}.items():
                _write(table, folder / f"{name}.parquet")
            manifest = self._manifest(folder, stretch, moment, since, until)
            text = json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"
            _durably(folder / MANIFEST, text)
            digest = hashlib.sha256(text).hexdigest()
            with self.ledger.write(now) as change:
                made = {"manifest": digest, "first": stretch.start.seq + 1, "last": stretch.last}
                change.record(Event("audit.exported", actor, detail=made))
                change.keep("export", json.dumps({"manifest_sha256": digest, "last_seq": stretch.last}))
            _install(folder, to)
        return manifest

    def _manifest(
        self, folder: Path, stretch: Stretch, now: datetime, since: datetime | None, until: datetime | None
    ) -> dict[str, Any]:
        key = self.ledger.keys.signing()
        previous = self.ledger.kept("export")
        manifest: dict[str, Any] = {
            "schema_version": 1,
            "origin": key.name,
            "created": stamp(now),
            "since": stamp(since) if since else None,
            "until": stamp(until) if until else None,
            "first_seq": stretch.start.seq + 1,
            "last_seq": stretch.last,
            "records": len(stretch.records),
            "before": {"hash": stretch.start.hash, "peaks": [peak.hex() for peak in stretch.start.tree.peaks]},
            "merkle_root": stretch.tree.root.hex(),
            "checkpoint": Checkpoint.of(key.name, stretch.tree, now).signed(key),
            "files": dict(sorted(_files(folder))),
            "previous_export": json.loads(previous) if previous else None,
            "public_keys": list(map(str, self.ledger.keys.public())),
            "public_key": str(key.public),
        }
        return SEAL.put(manifest, key)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_words(table: pa.Table) -> pa.Table:
    """A table without its column of reasons: free text that people typed may name anybody, and stays where it is."""
    return table.drop_columns(["reason"]) if "reason" in table.column_names else table


def _stretch(ledger: Ledger, last: int, since: datetime | None, until: datetime | None) -> Stretch:
    """The records asked for. Time on record never goes back, so they follow each other."""
    start, kept, tree = Start(), [], Frontier()
    for record in ledger.records(until=last):
        if until is not None and record.ts >= until:
            break
        tree = tree.add(bytes.fromhex(record.hash))
        if since is not None and record.ts < since:
            start = Start(record.seq, record.hash, tree)
        else:
            kept.append(record)
    return Stretch(start, tuple(kept), tree)


def _write_events(folder: Path, records: tuple[Record, ...]) -> None:
    for date, group in groupby(records, key=lambda record: record.ts.date().isoformat()):
        some = tuple(group)
        _write(evidence.events(some), folder / "events" / f"date={date}" / f"{some[0].seq:012d}.parquet")
    if not records:
        _write(evidence.events(()), folder / "events" / "date=__HIVE_DEFAULT_PARTITION__" / "none.parquet")


def _write(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    _durably(path, sink.getvalue())


def _durably(path: Path, data: Any) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _files(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.parquet")):
        rows = pq.read_metadata(path).num_rows
        yield (
            path.relative_to(folder).as_posix(),
            {"sha256": sha256_of(path), "bytes": path.stat().st_size, "rows": rows},
        )


@contextmanager
def _aside(to: Path) -> Iterator[Path]:
    """A new folder beside `to`, gone again unless it was put in place."""
    folder = to.parent / f".{to.name}.{secrets.token_hex(4)}"
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        yield folder
    except OSError as error:
        raise LedgerError(f"the export {to} cannot be written: {os.strerror(error.errno or 0)}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_place(to: Path, stretch: Stretch, origin: str) -> None:
    """Raise JitError where `to` holds what an export must not replace."""
    if not to.exists() and not to.is_symlink():
        return
    if to.is_symlink() or not to.is_dir():
        raise _taken(to, "is no folder")
    if not any(to.iterdir()):
        return
    try:
        old = json.loads((to / MANIFEST).read_text(encoding="utf-8"))
        listed = {*old["files"], MANIFEST}
        ours = old["origin"] == origin and listed >= {
            p.relative_to(to).as_posix() for p in to.rglob("*") if not p.is_dir()
        }
        covered = stretch.start.seq < old["first_seq"] and old["last_seq"] <= stretch.last
    except (OSError, ValueError, KeyError, TypeError):
        raise _taken(to, "is not empty, and holds no export") from None
    if not ours:
        raise _taken(to, "holds more than an export of this log")
    if not covered:
        raise _taken(to, "holds an export with records that the new one does not have")


def _taken(to: Path, why: str) -> JitError:
    error = JitError(f"{to} {why}")
    error.add_note("name a new folder with --to")
    return error


def _install(folder: Path, to: Path) -> None:
    """Put the finished folder in place, durably; an earlier export there makes room and then goes."""
    _sync(folder, *(path for path in folder.rglob("*") if path.is_dir()))
    old = to.parent / f".{to.name}.{secrets.token_hex(4)}.old"
    replaces = to.exists() and any(to.iterdir())
    if replaces:
        to.rename(old)
    try:
        folder.rename(to)
        _sync(to.parent)
    except OSError:
        if to.exists():
            to.rename(folder)
        if replaces:
            old.rename(to)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sync(*folders: Path) -> None:
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
