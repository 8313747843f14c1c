"""Names on the command line that the settings or the catalog must know: a mistyped one is an error, never an empty answer."""

import difflib
from collections.abc import Callable
from typing import Any

import click

from datakeep.cli.session import Session


class SourceName(click.ParamType[str]):
    """A source of the settings, or one that the catalog has from a scan of a URL."""

    name = "source"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's
        """The name. Raises SettingsError for a source that there is not, with the nearest one."""
        session = ctx.ensure_object(Session) if ctx else Session()
        if any(one.source.name == value for one in session.settings.sources):
            return str(value)
        house = session.house
        if not house.settings.catalog.exists():
            return str(value)
        scanned = {source for run in house.catalog.runs() for source in run.sources}
        if value not in scanned:
            known = sorted({*scanned, *(one.source.name for one in session.settings.sources)})
            raise _unknown("source", str(value), known)
        return str(value)


def steward_named(session: Session, name: str) -> str:
    """A steward that questions can be of, or `nobody`. Raises SettingsError for one whom neither people nor rules name."""
    named = {rule.steward for rule in session.house.review_rules.stewards}
    known = sorted({*named, *(person.name for person in session.settings.people)})
    if known and name not in {*known, "nobody"}:
        raise _unknown("steward", name, known)
    return name


def source_option(what: str) -> Callable[..., Any]:
    """`--source`, which may be repeated."""
    return click.option("--source", "sources", multiple=True, type=SourceName(), metavar="SOURCE", help=what)


def _unknown(what: str, name: str, known: list[str]) -> Exception:
    from datakeep.settings import SettingsError  # noqa: PLC0415 - `--help` needs no settings

    error = SettingsError(f"no {what} {name}")
    near = difflib.get_close_matches(name, known, n=1)
    error.add_note(f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}")
    return error
