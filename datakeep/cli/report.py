"""`datakeep report`: what an auditor asks for."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.items import COVERAGE_COLUMNS, covered
from datakeep.cli.known import source_option
from datakeep.cli.moment import as_of_option
from datakeep.cli.render import cell, counted, note, show
from datakeep.cli.report_access import access
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from catalog import Activity, Precision

TO_FILL_IN = "to be filled in"
ROPA_COLUMNS = ("source", "owners", "purposes", "categories", "special", "datasets", "fields", "unreviewed")
KNOWN = ("special", "measures", "owners")  # there may be none of them
GAP_COLUMNS = ("id", "sensitivity", "what", "why", "todo")
ROPA_FORMATS = click.Choice(["markdown", "table", "json", "jsonl", "csv"])


@group()
def report() -> None:
    """What an auditor asks for."""


report.add_command(access)


@report.command(epilog=examples("datakeep report ropa > ropa.md", "datakeep report ropa --format csv > ropa.csv"))
@source_option("Processing of this source.")
@as_of_option()
@click.option("--format", "form", type=ROPA_FORMATS, default="markdown", show_default=True)
@pass_session
def ropa(session: Session, sources: tuple[str, ...], as_of: datetime | None, form: str) -> None:
    """The record of processing activities (GDPR Art. 30(1)), as far as the catalog knows it."""
    from catalog import activities  # noqa: PLC0415 - loads DuckDB

    house = session.house
    found = activities(house.catalog.entries(sources=sources, as_of=as_of), house.taxonomy, house.purposes)
    who = house.settings.controller
    controller = ", ".join(filter(None, (who.name, who.contact))) if who else TO_FILL_IN
    if form == "markdown":
        click.echo(_markdown(found, as_of or session.now(), controller))
    else:
        show([_record(one, controller) for one in found], form, ROPA_COLUMNS)


def _record(one: "Activity", controller: str) -> dict[str, Any]:
    told = asdict(one) | {"controller": controller, "data_subjects": one.subjects}
    return {
        key: value if value != () or key in KNOWN else TO_FILL_IN for key, value in told.items() if key != "subjects"
    }


def _markdown(found: "list[Activity]", when: datetime, controller: str) -> str:
    """One section per activity, the letters of Art. 30(1) as its lines."""
    lines = [
        "# Record of processing activities",
        "",
        f"GDPR Art. 30(1), as the catalog knew it on {when:%Y-%m-%d}.",
        "",
        *([] if found else ["No personal data was known.", ""]),
    ]
    for one in found:
        special = f"; special categories (Art. 9): {_listed(one.special)}" if one.special else ""
        lines += [
            f"## {_inline(one.source)}: {_listed(one.purposes) or 'no purpose stated'}",
            "",
            f"- (a) Controller and contact: {_inline(controller)}; answers for the data: {_listed(one.owners) or TO_FILL_IN}",
            f"- (b) Purposes: {_listed(one.purposes) or TO_FILL_IN}",
            f"- (c) Data subjects: {_listed(one.subjects) or TO_FILL_IN}; personal data: {_listed(one.categories)}{special}",
            f"- (d) Recipients: {_listed(one.recipients) or TO_FILL_IN}",
            f"- (e) Transfers to third countries: {_listed(one.transfers) or TO_FILL_IN}",
            f"- (f) Time limits for erasure: {_listed(one.erasure) or TO_FILL_IN}",
            f"- (g) Measures that the classes require: {_listed(one.measures) or TO_FILL_IN}",
            f"- Legal basis (Art. 6, 9(2)): {_listed(one.bases) or TO_FILL_IN}",
            "",
            f"{one.fields} fields in {one.datasets} datasets, {one.unreviewed} of them not confirmed by a person.",
            "",
        ]
    return "\n".join(lines)


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(map(_inline, words))


def _inline(text: str) -> str:
    """Text from a source as Markdown shows it: nothing in it is markup."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+!|~&" else letter for letter in cell(text))


@report.command(epilog=examples("datakeep report coverage --format csv"))
@source_option("Datasets of this source.")
@as_of_option()
@format_option
@pass_session
def coverage(session: Session, sources: tuple[str, ...], as_of: datetime | None, form: str) -> None:
    """What was looked at and what was not, dataset by dataset, and why not."""
    found = session.house.catalog.coverage(sources=sources, as_of=as_of)
    show(map(covered, found), form, COVERAGE_COLUMNS)
    fields = sum(row.examined + row.partial + row.not_examined for row in found)
    note(f"{sum(row.examined for row in found)} of {fields} fields examined")


@report.command(epilog=examples(
    "datakeep report gaps", "datakeep report gaps --owner team-crm --format csv", "datakeep report gaps --owner nobody"
))  # fmt: skip
@source_option("Fields of this source.")
@click.option("--owner", "owners", multiple=True, metavar="OWNER", help="Fields of this owner; nobody: of none.")
@as_of_option()
@format_option
@pass_session
def gaps(
    session: Session, sources: tuple[str, ...], owners: tuple[str, ...], as_of: datetime | None, form: str
) -> None:
    """What has to be known and is not: owner, purpose, retention, ground, review, or whether a field is clean at all."""
    from catalog import lacks  # noqa: PLC0415 - loads DuckDB

    house = session.house
    entries = house.catalog.entries(sources=sources, as_of=as_of, unexamined=True)
    asked = [entry for entry in entries if not owners or (entry.owner or "nobody") in owners]
    found = lacks(asked, house.taxonomy, house.purposes)
    items = [asdict(one) | {"sensitivity": one.sensitivity.word if one.sensitivity else None} for one in found]
    show(items, form, GAP_COLUMNS)
    note(
        f"{counted(len(found), 'gap', 'gaps')} in {len({one.id for one in found})} of {len(asked)} fields with a class or not examined"
    )


RECOGNIZER_COLUMNS = ("recognizer", "entity", "class", "decided", "right", "precision", "low", "high")


@report.command(epilog=examples("datakeep report recognizers", "datakeep report recognizers --format csv"))
@as_of_option()
@format_option
@pass_session
def recognizers(session: Session, as_of: datetime | None, form: str) -> None:
    """How often people agreed with each recognizer: of the fields it spoke for, the share that is so, and its bounds."""
    found = session.house.catalog.precision(as_of=as_of)
    show(map(_agreement, found), form, RECOGNIZER_COLUMNS)
    if not found:
        note("no person's decision stands yet; what rules accepted is no agreement")


def _agreement(one: "Precision") -> dict[str, Any]:
    return {
        "recognizer": one.recognizer,
        "entity": one.entity,
        "class": one.data_class,
        "decided": one.decided,
        "right": one.right,
        "precision": round(one.share, 3),
        "low": round(one.low, 3),
        "high": round(one.high, 3),
    }
