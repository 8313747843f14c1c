"""Entries on the command line: how they are listed, who may decide on them, and what deciding prints."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import click

from datakeep.cli.errors import Exit
from datakeep.cli.render import counted, note, show
from datakeep.cli.session import Session
from datakeep.cli.sweep import reconciled

if TYPE_CHECKING:
    from catalog import Change, Entry, Word

Told = TypeVar("Told", "Entry", "Change")

COLUMNS = ("id", "class", "confidence", "status", "sensitivity", "coverage", "owner")


def steward(session: Session, reason: str, until: datetime | None = None) -> "Word":
    """The word of who is asking. Raises DeniedError for somebody who is no steward."""
    from catalog import Word  # noqa: PLC0415 - loads DuckDB
    from jit import DeniedError  # noqa: PLC0415

    person = session.person
    if "steward" not in person.roles:
        error = DeniedError(f"{person.name} is no steward")
        error.add_note("stewards have `roles: [steward]` under `people` in the settings; --as names somebody else")
        raise error
    return Word(person.name, reason, valid_until=until and ahead(session, until))


def ahead(session: Session, until: datetime) -> datetime:
    """A time that something is to last until. Raises UsageError for one that is over."""
    if until <= session.now():
        raise click.UsageError(f"--until {until:%Y-%m-%d %H:%M} UTC is over")
    return until


def on_record(session: Session, action: str, deed: "Callable[[], Sequence[Told]]") -> "Sequence[Told]":
    """Do a steward's deed between two audit records: who set out to do what, and which entries it was done to.

    Classes decide who may read what: where the first record cannot be written, nothing is done, and what is lent is
    brought in line at once.
    """
    from jit import Event  # noqa: PLC0415 - `--help` needs no jit

    audit, person = session.house.audit, session.person.name
    audit.record(Event("review.begun", person, decision=action), session.now())
    done = deed()
    ids, classes = tuple(one.id for one in done), tuple(sorted({str(held) for one in done for held in one.classes}))
    audit.record(Event("review.done", person, entries=ids, classes=classes, decision=action), session.now())
    reconciled(session)
    return done


def by_rule(session: Session, *, dry: bool = False) -> "list[Entry]":
    """Let the settings' rules accept what they take, between two audit records that name them; the entries."""
    from jit import Event  # noqa: PLC0415 - `--help` needs no jit

    catalog, audit = session.house.catalog, session.house.audit
    rules = session.house.review_rules.accepts
    if not rules or dry:
        return [entry for entries in catalog.auto_accept(now=session.now(), dry=True).values() for entry in entries]
    for rule in catalog.auto_accept(now=session.now(), dry=True):
        audit.record(Event("review.begun", rule.name, decision="auto-accept"), session.now())
    taken = catalog.auto_accept(now=session.now())
    for rule, entries in taken.items():
        ids = tuple(entry.id for entry in entries)
        classes = tuple(sorted({str(held) for entry in entries for held in entry.classes}))
        audit.record(
            Event("review.done", rule.name, entries=ids, classes=classes, decision="auto-accept"), session.now()
        )
        note(f"{rule.name} accepted {counted(len(ids), 'entry', 'entries')}: {rule}")
    return [entry for entries in taken.values() for entry in entries]


def scanned(session: Session, run_id: str) -> None:
    """What follows a scan: what it found different goes on record, the settings' rules decide, grants are brought in line."""
    from datakeep.found import found  # noqa: PLC0415 - loads DuckDB

    event = found(session.house.catalog, run_id)
    if event is not None:
        session.house.audit.record(event, session.now())
        kinds = {key: count for key, count in event.detail.items() if isinstance(count, int) and key != "more"}
        note(f"since the last scan: {', '.join(f'{count} {kind}' for kind, count in kinds.items())}")
    by_rule(session)
    reconciled(session)


def decided(
    session: Session, action: str, form: str, deed: "Callable[[], Sequence[Entry]]", planned: Sequence[str] = ()
) -> int:
    """Do a steward's deed and print what it was done to; the exit code says whether a second person has to agree.

    Where entries are `planned`, what it would be done to is printed, and nothing is done.
    """
    if planned:
        from catalog import Action  # noqa: PLC0415 - loads DuckDB

        found = session.house.catalog.touched(Action(action), planned, now=session.now())
        show([entry.as_json() for entry in found], form, COLUMNS)
        note(f"{action} would touch {counted(len(found), 'entry', 'entries')}; nothing is done")
        return Exit.DONE
    entries = on_record(session, action, deed)
    show([entry.as_json() for entry in entries], form, COLUMNS)
    if not entries:
        note("nothing to decide: a glob touches only what awaits this decision; name an id to decide again")
    asked = sum(entry.asked_by is not None for entry in entries)
    if asked:
        note(
            f"{asked} of {len(entries)} wait for a second person: believing less opens access (`datakeep review second`)"
        )
    return Exit.PENDING if asked else Exit.DONE
