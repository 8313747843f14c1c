"""`datakeep audit`: the record of lending, and the proof that nobody bent it."""

import json
import signal
import time
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.errors import Exit
from datakeep.cli.lent import Start
from datakeep.cli.moment import Moment
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Forwarder, PublicKey, Record, Verified

COLUMNS = ("seq", "ts", "type", "actor", "request", "grant", "decision", "because")
VERIFIED = ("verified", "records", "first_seq", "last_seq", "proven_to", "merkle_root", "key_given")
PACKED = ("verified", "grant", "records", "reads", "proven_to", "key_given")
EXPORTED = ("folder", "records", "first_seq", "last_seq", "merkle_root", "created")
SINKS = ("sink", "sent", "position", "error")
POLL = 0.2  # seconds between two looks while following: well within the second that a watcher is promised


@group()
def audit() -> None:
    """The record: every request, decision, grant, read and refusal."""


@audit.command(name="list", epilog=examples(
    "datakeep audit list --last 20", "datakeep audit list --grant grant-7k3m9xq2ab --format jsonl",
    "datakeep audit list --follow --format jsonl",
))  # fmt: skip
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="SEQ", help="Those after this record.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="The last N.")
@click.option(
    "--type", "kind", metavar="TYPE", help="Of this type, such as read.refused, or of this noun, such as read."
)
@click.option("--actor", metavar="NAME", help="What this person did.")
@click.option("--request", "request_id", metavar="ID", help="About this request.")
@click.option("--grant", "grant_id", metavar="ID", help="About this grant.")
@click.option("--follow", is_flag=True, help="Go on with what comes, a line at a time, until interrupted.")
@format_option
@pass_session
def listed(
    session: Session, after: int, last: int | None, kind: str | None, actor: str | None, request_id: str | None,
    grant_id: str | None, follow: bool, form: str,
) -> None:  # fmt: skip
    """The records, oldest first."""
    wanted = {"actor": actor, "request": request_id, "grant": grant_id}

    def fits(record: "Record") -> bool:
        rest = all(value is None or getattr(record.event, key) == value for key, value in wanted.items())
        return rest and (kind is None or record.event.type == kind or record.event.type.startswith(f"{kind}."))

    found = [record for record in session.house.audit.records(after=after) if fits(record)]
    show([record.as_json() for record in (found[-last:] if last else found)], "jsonl" if follow else form, COLUMNS)
    while follow:
        after = max([after, *(record.seq for record in found)])
        time.sleep(POLL)
        found = list(session.house.audit.records(after=after))
        show([record.as_json() for record in found if fits(record)], "jsonl", COLUMNS)


@audit.command(epilog=examples(
    "datakeep audit verify", "datakeep audit verify ./evidence --key audit.pub", "datakeep audit verify proof.json",
))  # fmt: skip
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--key", metavar="KEY", help="The public key as you got it elsewhere: its text, or a file with it.")
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), metavar="FILE", help="A checkpoint as you kept it elsewhere."
)
@format_option
@pass_session
def verify(session: Session, folder: Path | None, key: str | None, checkpoint: Path | None, form: str) -> int:
    """Check the ledger, an export (DIR), or a file: a proof of `audit prove`, evidence of `grant evidence`.

    Exits 1 where something was changed, and names the first fault; 3 where the end of the log is under no checkpoint.
    An export needs nothing but its folder and, to know who signed, the public key.
    """
    keys = _keys(key) if key else None
    if folder is not None and folder.is_file():
        return _verified_proof(folder, keys, form)
    if folder is not None:
        from jit import verify_export  # noqa: PLC0415 - `--help` needs no parts

        found = verify_export(folder, keys[-1] if keys else None)
    else:
        earlier = [checkpoint.read_text(encoding="utf-8")] if checkpoint else []
        found = session.house.audit.verify(keys, earlier)
    return _verified(found, form)


@audit.command(
    epilog=examples("datakeep audit export --to ./evidence", "datakeep audit export --to ./november --since 2026-11-01")
)
@click.option("--to", "to", type=click.Path(path_type=Path), required=True, metavar="DIR", help="The folder to write.")
@click.option("--since", type=Start(), metavar="TIME", help="Records from then on.")
@click.option("--until", type=Moment(), metavar="TIME", help="Records before then.")
@format_option
@pass_session
def export(session: Session, to: Path, since: datetime | None, until: datetime | None, form: str) -> None:
    """Write parquet for an auditor: records, requests, grants, entries, decisions, coverage, and a signed manifest."""
    made = session.house.exporter.export(to, session.now(), since=since, until=until, actor=session.actor)
    show([{"folder": str(to), **made}], form, EXPORTED)
    note(f"`datakeep audit verify {to}` checks it; the public key is {made['public_key']}")


@audit.command(epilog=examples("datakeep audit prove 42 --format json > proof.json"))
@click.argument("seq", type=click.IntRange(min=1), metavar="SEQ")
@format_option
@pass_session
def prove(session: Session, seq: int, form: str) -> None:
    """Prove that one record is in the log, for somebody who has only the public key: an inclusion proof."""
    show([session.house.audit.prove(seq)], form, ("seq", "hash", "path", "record"))


@audit.command(name="rotate-key", epilog=examples("datakeep audit rotate-key --as bo"))
@format_option
@pass_session
def rotate_key(session: Session, form: str) -> None:
    """Sign with a new key from now on. The old public key still verifies what it signed; hand the new one out."""
    named = session.house.ledger.rotate(session.person.name, session.now())
    show([{"public_key": str(named), "by": session.person.name}], form, ("public_key", "by"))


@audit.command(epilog=examples("datakeep audit forward", "datakeep audit forward --once --format json"))
@click.option("--once", is_flag=True, help="Send what waits, and end: 3 where a sink does not take it.")
@format_option
@pass_session
def forward(session: Session, once: bool, form: str) -> int:
    """Send the record to the sinks of the settings as it grows, until interrupted.

    Each sink goes on where it stopped. While one is down its records wait in the ledger; no request waits for it.
    """
    from datakeep.settings import SettingsError  # noqa: PLC0415

    forwarder = session.house.forwarder
    if not forwarder.destinations:
        error = SettingsError("no sinks in the settings")
        error.add_note("name one under audit: {sinks: [{name: lines, to: file:./audit.jsonl}]}")
        raise error
    if once:
        return _forwarded(forwarder, form)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for to in forwarder.destinations:
        note(f"forwarding to {to.name} after record {to.position.seq}")
    forwarder.follow(Event(), note)
    return Exit.DONE


def _forwarded(forwarder: "Forwarder", form: str) -> int:
    from jit import ForwardingError, SinkError  # noqa: PLC0415 - `--help` needs no parts

    items: list[dict[str, Any]] = []
    for to in forwarder.destinations:
        try:
            sent, error = forwarder.once(to), None
        except (SinkError, ForwardingError) as failed:
            sent, error = 0, str(failed)
        items.append({"sink": to.name, "sent": sent, "position": to.position.seq, "error": error})
    show(items, form, SINKS)
    return Exit.INCOMPLETE if any(item["error"] for item in items) else Exit.DONE


def _verified(found: "Verified", form: str) -> int:
    show([found.as_json()], form, VERIFIED)
    for point in found.open_points:
        note(f"not shown: {point}")
    return Exit.DONE if found.complete else Exit.INCOMPLETE


def _verified_proof(path: Path, keys: "tuple[PublicKey, ...] | None", form: str) -> int:
    from jit import TamperError, check_proof, verify_pack  # noqa: PLC0415 - `--help` needs no parts

    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        if "kind" in found:
            packed = verify_pack(found, keys[-1] if keys else None)
            show([packed.as_json()], form, PACKED)
            for point in packed.open_points:
                note(f"not shown: {point}")
            return Exit.DONE
        proof = found["items"][0] if "items" in found else found
    except (ValueError, KeyError, IndexError, TypeError):
        raise TamperError(f"{path} is no proof of an audit record") from None
    checkpoint = check_proof(proof, keys)
    item = {"verified": True, "seq": proof["seq"], "size": checkpoint.size, "merkle_root": checkpoint.root.hex()}
    show([item], form, tuple(item))
    return Exit.DONE


def _keys(text: str) -> "tuple[PublicKey, ...]":
    from jit import PublicKey  # noqa: PLC0415 - `--help` needs no parts

    path = Path(text)
    lines = path.read_text(encoding="utf-8").split() if path.is_file() else [text]
    return tuple(map(PublicKey.parse, lines))
