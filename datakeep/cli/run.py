"""`datakeep run`: scan runs, their coverage and what they changed."""

from datetime import datetime
from typing import Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.items import changed, show_changes
from datakeep.cli.moment import AsOf
from datakeep.cli.render import show
from datakeep.cli.session import Session, pass_session

COLUMNS = ("run_id", "status", "started", "ended", "units", "fields", "entries", "rows")
SCHEMA_COLUMNS = ("kind", "source", "dataset", "field", "before", "after")
ERROR_COLUMNS = ("source", "dataset", "cause", "message")


@group()
def run() -> None:
    """Scan runs: what they looked at, what they could not, what they changed."""


@run.command(name="list", epilog=examples("datakeep run list", "datakeep run list --as-of 2026-11-01 --format jsonl"))
@click.option("--as-of", type=AsOf(), metavar="TIME", help="Runs that had ended by then.")
@format_option
@pass_session
def listed(session: Session, as_of: datetime | None, form: str) -> None:
    """Every run, the first one first."""
    runs = session.house.catalog.runs()
    show([one.as_json() for one in runs if as_of is None or (one.ended or one.started) <= as_of], form, COLUMNS)


@run.command(name="show", epilog=examples("datakeep run show run-3", "datakeep run show 3 --format json"))
@click.argument("name", metavar="ID")
@format_option
@pass_session
def shown(session: Session, name: str, form: str) -> None:
    """One run: its counts, what could not be examined, and what it changed since the run before.

    Datasets and columns that are new, dropped, renamed or of another type come first, then what became different in what
    is believed of fields.
    """
    found = session.house.catalog.run(name)
    changes: list[dict[str, Any]] = [
        changed(one) for one in session.house.catalog.run_changes(found.run_id) if one.kind != "details"
    ]
    schema = [one.as_json() for one in session.house.catalog.schema_changes(found.run_id)]
    item = found.as_json()
    if form != "table":
        show([item | {"changes": changes, "schema": schema}], form, COLUMNS)
        return
    show([item], form, COLUMNS)
    if item["errors"]:
        show(item["errors"], form, ERROR_COLUMNS)
    if schema:
        show(schema, form, SCHEMA_COLUMNS)
    if changes:
        show_changes(changes, form)
