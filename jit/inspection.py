"""Verifying an export with nothing but its folder, and a public key from elsewhere where there is one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jit import evidence
from jit.audit import Verified
from jit.export import MANIFEST, SEAL, sha256_of
from jit.interface import JitError, TamperError
from jit.proof.canonical import stamp
from jit.proof.chain import Start, fault, walk
from jit.proof.checkpoint import opened
from jit.proof.merkle import Frontier, Growth
from jit.proof.record import Record
from jit.proof.signing import PublicKey

ANSWERED = frozenset({"request.answered", "request.rejected", "glass.reviewed"})


@dataclass(frozen=True, slots=True)
class _Export:
    """A folder under inspection and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def start(self) -> Start:
        """Where its records begin."""
        before = self.manifest["before"]
        seq = self.manifest["first_seq"] - 1
        return Start(seq, before["hash"], Frontier(seq, tuple(map(bytes.fromhex, before["peaks"]))))

    @property
    def events(self) -> list[str]:
        """The files of records, in order."""
        return sorted(name for name in self.manifest["files"] if name.startswith("events/"))


def verify_export(folder: Path, key: PublicKey | None = None) -> Verified:
    """Check an export: its signature, every file, every record, the tree, and that the grants are what was recorded.

    `key` is the public key as the caller got it elsewhere; without it the one in the folder is taken, which shows that
    nothing was changed by accident or by somebody without any key, not who signed. Raises TamperError.
    """
    export = _Export(folder, _manifest(folder))
    try:
        signer = SEAL.signer(export.manifest, key)
        SEAL.check(export.manifest, signer)
        _check_listing(export)
        faulty = [name for name, file in export.manifest["files"].items() if not _is_whole(folder / name, file)]
        last, tree = _check_records(export, faulty)
        if faulty:
            raise TamperError(f"{faulty[0]} is not the file that the manifest lists")
        _check_end(export, last, tree, signer)
        _check_kept(export)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TamperError(f"{folder / MANIFEST} is no manifest of an audit export") from None
    points = tuple(_open_points(export.manifest, trusted=key is not None))
    return Verified(last - export.start.seq, export.start.seq + 1, last, tree.root.hex(), last, (str(signer),),
                    key is not None, points)  # fmt: skip


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except OSError:
        error = JitError(f"no audit export at {folder}")
        error.add_note("`datakeep audit export --to DIR` writes one")
        raise error from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TamperError(f"{folder / MANIFEST} is no manifest of an audit export")
    return found


def _check_listing(export: _Export) -> None:
    """Nothing but what is listed, and nothing that leads elsewhere."""
    for path in sorted(export.folder.rglob("*")):
        name = path.relative_to(export.folder).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise TamperError(f"{name} leads out of the export")
        if path.is_file() and name not in export.manifest["files"] and name != MANIFEST:
            raise TamperError(f"{name} does not belong to the export")


def _is_whole(path: Path, file: dict[str, Any]) -> bool:
    if not path.is_file():
        raise TamperError(f"{path.name} is missing from the export")
    return bool(path.stat().st_size == file["bytes"] and sha256_of(path) == file["sha256"])


def _check_records(export: _Export, faulty: list[str]) -> tuple[int, Growth]:
    """Walk the records; in a file that is not whole, the first record that is wrong tells more than the file's name."""
    tree = Growth(export.start.tree)
    for _, grown in walk(_rows(export, faulty), export.start):
        tree = grown
    return tree.size, tree


def _rows(export: _Export, faulty: list[str]) -> Iterator[tuple[int, str, str]]:
    for name in export.events:
        try:
            table = pq.ParquetFile(export.folder / name).read()
            rows = table.to_pylist()
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            raise TamperError(f"{name} is not the file that the manifest lists") from None
        for row in rows:
            _check_columns(row, name)
            yield row["seq"], row["record"], row["hash"]
        if name in faulty and table.schema != evidence.EVENTS:
            raise TamperError(f"{name} is not the file that the manifest lists")


def _check_columns(row: dict[str, Any], name: str) -> None:
    """The typed columns and the day of the file are those of the canonical record beside them."""
    try:
        record = Record.read(row["record"], digest=row["hash"])
        same = evidence.events([record]).to_pylist()[0] == row
    except (TamperError, KeyError, pa.ArrowException):
        return  # the walk names what is wrong with the record itself
    if not same or f"date={stamp(record.ts)[:10]}/" not in name:
        raise fault(row["seq"], "is not what its columns say")


def _check_end(export: _Export, last: int, tree: Growth, signer: PublicKey) -> None:
    manifest = export.manifest
    if last != manifest["last_seq"] or last - export.start.seq != manifest["records"]:
        raise fault(last + 1, f"is missing: the manifest ends at {manifest['last_seq']}")
    if tree.root.hex() != manifest["merkle_root"]:
        raise TamperError("the records are not those whose root the manifest signs")
    checkpoint = opened(manifest["checkpoint"], [signer])
    if (checkpoint.size, checkpoint.root) != (last, tree.root):
        raise TamperError("the checkpoint in the manifest is not of these records")


def _check_kept(export: _Export) -> None:
    """Where the records go back to the first: grants and answers are there for their records, and are what those say."""
    if export.start.seq:
        return
    said: dict[str, tuple[int, dict[str, Any]]] = {}
    withheld: dict[str, list[str]] = {}
    answered: set[tuple[str, str, str]] = set()
    for _, text, _ in _rows(export, []):
        body = json.loads(text)
        if body["type"].startswith("grant.") and "mac" in body.get("detail", {}):
            said[body["grant"]] = (body["seq"], body)
        if body["type"] == "grant.narrowed":
            withheld[body["grant"]] = body["detail"]["withheld"]
        elif body["type"] in ANSWERED:
            answered.add((body["request"], body["actor"], body["ts"]))
    _check_grants(export, said, withheld)
    for row in _table(export, "answers"):
        if export.manifest["until"] is None and (row["request"], row["person"], stamp(row["at"])) not in answered:
            raise TamperError(
                f"{row['request']} was answered by {row['person']}, says answers.parquet, but no record does"
            )


def _table(export: _Export, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.ParquetFile(export.folder / f"{name}.parquet").read().to_pylist()
    return rows


def _check_grants(export: _Export, said: dict[str, tuple[int, dict[str, Any]]], withheld: dict[str, list[str]]) -> None:
    for row in _table(export, "grants"):
        if export.manifest["until"] is not None and row["id"] not in said:
            continue
        seq, body = said.pop(row["id"], (0, {}))
        if not seq:
            raise TamperError(f"{row['id']} is in grants.parquet, but no record says how it came there")
        spans = [body["detail"]["starts"], body["detail"]["expires"]] == [stamp(row["starts"]), stamp(row["expires"])]
        if not spans or row["entries"] != body["entries"] or row["withheld"] != withheld.get(row["id"], []):
            raise TamperError(f"{row['id']} in grants.parquet is not what record {seq} says of it")
    for name, (seq, _) in said.items():
        raise TamperError(f"{name}, of which record {seq} speaks, is not in grants.parquet")


def _open_points(manifest: dict[str, Any], *, trusted: bool) -> Iterator[str]:
    if not trusted:
        yield "the public key came with the folder: who signed is not shown; compare it, or give one with --key"
    yield f"what was recorded after record {manifest['last_seq']} is not in this export"
