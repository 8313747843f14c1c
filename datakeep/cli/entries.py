"""Entries on the command line: how they are listed, who may decide on them, and what deciding prints."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from datakeep.cli.errors import Exit
from datakeep.cli.render import note, show
from datakeep.cli.session import Session

if TYPE_CHECKING:
    from catalog import Entry, Word

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
    return Word(person.name, reason, valid_until=until)


def decided(entries: "Sequence[Entry]", form: str) -> int:
    """Print what was decided on; the exit code says whether a second person has to agree."""
    show([entry.as_json() for entry in entries], form, COLUMNS)
    if not entries:
        note("nothing to decide: a glob touches only what awaits this decision; name an id to decide again")
    asked = sum(entry.asked_by is not None for entry in entries)
    if asked:
        note(
            f"{asked} of {len(entries)} wait for a second person: believing less opens access (`datakeep review second`)"
        )
    return Exit.PENDING if asked else Exit.DONE
