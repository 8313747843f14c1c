"""`datakeep catalog`: what is known of all personal data, now or as of a time."""

import dataclasses
import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from datakeep.cli.command import examples, format_option, group, limit_option
from datakeep.cli.entries import COLUMNS, decided, on_record, steward
from datakeep.cli.errors import Exit
from datakeep.cli.items import (
    CHANGE_COLUMNS,
    COVERAGE_COLUMNS,
    HISTORY_COLUMNS,
    cell,
    changed,
    covered,
    explained_item,
    heat_map,
    show_changes,
)
from datakeep.cli.known import source_option
from datakeep.cli.moment import RunOrTime, as_of_option
from datakeep.cli.render import counted, note, safe, show
from datakeep.cli.session import Session, pass_session

EVIDENCE_COLUMNS = ("speaks", "detector", "class", "matched", "examined", "score", "note")
DECISION_COLUMNS = ("happened", "actor", "action", "classes", "reason")
STATUSES = ("proposed", "confirmed", "rejected", "none")


@group()
def catalog() -> None:
    """What is known of all personal data: where it is, what it is, whose it is, who said so."""


@catalog.command(name="list", epilog=examples(
    "datakeep catalog list --class user.contact --source crm",
    'datakeep catalog list --dataset "public.*" --status proposed --min-confidence 0.8',
    "datakeep catalog list --all --format csv > fields.csv",
    "datakeep catalog list --as-of 2026-11-01",
))  # fmt: skip
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="Entries of this class or below it.")
@source_option("Entries of this source.")
@click.option("--dataset", "datasets", multiple=True, metavar="GLOB", help="Entries of these datasets.")
@click.option("--status", "statuses", multiple=True, type=click.Choice(STATUSES), help="Entries at this status.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), default=0.0, help="Entries at least this sure.")
@as_of_option()
@click.option("--all", "every", is_flag=True, help="The clean and the unexamined fields too.")
@limit_option
@format_option
@pass_session
def listed(
    session: Session, classes: tuple[str, ...], sources: tuple[str, ...], datasets: tuple[str, ...],
    statuses: tuple[str, ...], min_confidence: float, as_of: datetime | None, every: bool, limit: int | None, form: str,
) -> None:  # fmt: skip
    """Entries that have a class, the most sensitive first."""
    from catalog import Status  # noqa: PLC0415 - loads DuckDB

    keys = [session.house.taxonomy.get(key).key for key in classes]
    found = session.house.catalog.entries(
        classes=keys, sources=sources, datasets=datasets, statuses=[Status(status) for status in statuses],
        min_confidence=min_confidence, as_of=as_of, all=every or "none" in statuses, limit=limit,
    )  # fmt: skip
    show([entry.as_json() for entry in found], form, COLUMNS)
    note(
        counted(len(found), "entry", "entries") + ("" if found or every else "; --all shows fields without a class too")
    )


@catalog.command(name="show", epilog=examples(
    "datakeep catalog show crm/public.customers#email", "datakeep catalog show 'crm/*#email' --format json"
))  # fmt: skip
@click.argument("entries", nargs=-1, required=True, metavar="ENTRY...")
@as_of_option()
@format_option
@pass_session
def shown(session: Session, entries: tuple[str, ...], as_of: datetime | None, form: str) -> None:
    """Everything about entries, by id or glob."""
    items = [entry.as_json() for entry in session.house.catalog.resolve(entries, as_of=as_of)]
    if form != "table":
        show(items, form, COLUMNS)
        return
    for item in items:
        show([{"key": key, "value": value} for key, value in item.items()], form, ("key", "value"))


@catalog.command(epilog=examples("datakeep catalog search email team-crm"))
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@as_of_option()
@limit_option
@format_option
@pass_session
def search(session: Session, words: tuple[str, ...], as_of: datetime | None, limit: int | None, form: str) -> None:
    """Entries that hold every word, whatever its case: in id, type, class, owner, purpose, comment or a decision's reason."""
    found = session.house.catalog.search(" ".join(words), as_of=as_of, limit=limit)
    show([entry.as_json() for entry in found], form, COLUMNS)
    note(counted(len(found), "entry", "entries"))


@catalog.command(epilog=examples(
    "datakeep catalog coverage", "datakeep catalog coverage --source crm --format json", "datakeep catalog coverage --map"
))  # fmt: skip
@source_option("Datasets of this source.")
@click.option("--map", "as_map", is_flag=True, help="Source by class: how many fields, darker where there are more.")
@as_of_option()
@format_option
@pass_session
def coverage(session: Session, sources: tuple[str, ...], as_map: bool, as_of: datetime | None, form: str) -> None:
    """What was looked at, dataset by dataset, and why not where it was not: clean must be earned."""
    known = session.house.catalog
    if not as_map:
        show(map(covered, known.coverage(sources=sources, as_of=as_of)), form, COVERAGE_COLUMNS)
        return
    items = [cell(one) for one in known.coverage_map(sources=sources, as_of=as_of)]
    if form == "table":
        lines, columns = heat_map(items)
        show(lines, form, columns)
    else:
        show(items, form, ("source", "class", "fields"))


@catalog.command(epilog=examples(
    "datakeep catalog diff", "datakeep catalog diff run-3 run-7 --format json", "datakeep catalog diff 2026-11-01",
    "datakeep catalog diff 2026-11-01 2026-11-08",
))  # fmt: skip
@click.argument("before", required=False, type=RunOrTime(), metavar="[RUN|TIME]")
@click.argument("after", required=False, type=RunOrTime(), metavar="[RUN|TIME]")
@click.option("--all", "every", is_flag=True, help="Changes of counts and confidence too.")
@format_option
@pass_session
def diff(session: Session, before: str | datetime | None, after: str | datetime | None, every: bool, form: str) -> None:
    """What changed between the ends of two runs or between two times, whoever changed it.

    Without a second one: up to now, after a time, or to the last run. Without any: the last two runs.
    """
    if after is None and isinstance(before, datetime):
        after = session.now()
    elif before is None or after is None:
        before, after = _last_two(session, before)
    changes = session.house.catalog.diff(before, after)
    show_changes([changed(one) for one in changes if every or one.kind != "details"], form)


def _last_two(session: Session, before: str | datetime | None) -> tuple[str | datetime, str]:
    from catalog import CatalogError  # noqa: PLC0415 - loads DuckDB

    ids = [run.run_id for run in session.house.catalog.runs()]
    if len(ids) < (1 if before else 2):
        error = CatalogError("there are not two runs to compare yet")
        error.add_note("`datakeep scan` makes another one; `datakeep catalog diff TIME` needs none")
        raise error
    return before or ids[-2], ids[-1]


@catalog.command(epilog=examples(
    "datakeep catalog export --to ./export            parquet",
    "datakeep catalog export --to dbt --out ./models",
    "datakeep catalog export --to snowflake --source warehouse --out ./tags",
    "datakeep catalog export --as-of 2026-11-01",
))  # fmt: skip
@click.option("--to", "target", default="parquet", show_default=True, metavar="FORMAT|DIR",
              help="parquet, databricks, datahub, dbt, fides, odcs, openlineage, openmetadata, sarif, snowflake, or "
                   "what a plug-in adds; or a folder for parquet.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("catalog-export"),
              show_default=True, metavar="DIR", help="The folder for a format's files.")  # fmt: skip
@source_option("Entries of this source; not of parquet.")
@as_of_option()
@format_option
@pass_session
def export(
    session: Session, target: str, out: Path, sources: tuple[str, ...], as_of: datetime | None, form: str
) -> None:
    """Write entries, decisions and coverage as parquet, or the entries in another tool's words; no value in any."""
    from catalog import exporters  # noqa: PLC0415 - loads DuckDB

    known = session.house.catalog
    folder = out if target in {"parquet", *exporters()} else Path(target)
    near = difflib.get_close_matches(target, exporters(), n=1)
    if near and target not in exporters() and not folder.exists():
        raise click.UsageError(f"nothing exports to {target}; did you mean {near[0]}? A folder is written ./{target}")
    if sources and target not in exporters():
        raise click.UsageError(f"--source goes with --to {', '.join(exporters())}; parquet holds every source")
    with _writable(folder):
        if target in exporters():
            written = known.exchange(target, folder, now=session.now(), as_of=as_of, sources=sources,
                                     places=session.house.places)  # fmt: skip
        else:
            written = known.export(folder, as_of=as_of)
    show([{"file": str(path), "bytes": path.stat().st_size} for path in written], form, ("file", "bytes"))


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as refused:
        raise click.ClickException(f"{folder} cannot be written: {refused.strerror}") from None


@catalog.command(epilog=examples("datakeep catalog explain crm/public.customers#email"))
@click.argument("entry", metavar="ENTRY")
@as_of_option()
@format_option
@pass_session
def explain(session: Session, entry: str, as_of: datetime | None, form: str) -> None:
    """Why the catalog believes what it believes of one entry: evidence for and against, decisions, changes."""
    from catalog import duties  # noqa: PLC0415 - loads DuckDB

    house = session.house
    why = house.catalog.explain(entry, as_of=as_of)
    reasons = map(str, duties(why.entry, house.taxonomy, house.purposes))
    found = explained_item(dataclasses.replace(why, reasons=tuple(reasons)))
    if form != "table":
        show([found], form, ("id", "class", "status"))
        return
    click.echo(safe(f"{found['id']}: {found['class'] or 'no class'}, {found['status']}, {found['coverage']['extent']}"))
    for reason in found["requirements"]:
        click.echo(safe(f"must: {reason}"))
    for what, columns in (
        ("evidence", EVIDENCE_COLUMNS),
        ("decisions", DECISION_COLUMNS),
        ("changes", HISTORY_COLUMNS),
    ):
        if found[what]:
            click.echo(f"\n{what}")
            show(found[what], form, columns)


@catalog.command(epilog=examples(
    "datakeep catalog replay --threshold user.contact=0.8      what would change",
    "datakeep catalog replay --threshold user.contact=0.8 --apply --reason 'too many maybes'",
    "datakeep catalog replay --threshold user.contact=none --apply",
))  # fmt: skip
@click.option("--threshold", "thresholds", multiple=True, metavar="CLASS=SURE",
              help="Propose a class from this confidence on; none takes it back.")  # fmt: skip
@click.option("--apply", "really", is_flag=True, help="Do it; without, it is only shown.")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept on record.")
@format_option
@pass_session
def replay(session: Session, thresholds: tuple[str, ...], really: bool, reason: str, form: str) -> None:
    """Decide again from stored evidence, without touching a source, and show what changes before anything does."""
    wanted, house = dict(map(_threshold, thresholds)), session.house
    if really:
        word = steward(session, reason)
        found = on_record(session, "replay", lambda: house.catalog.apply(wanted, word, now=session.now()))
    else:
        found = house.catalog.replay(wanted, now=session.now())
    show([changed(one) for one in found], form, CHANGE_COLUMNS)
    note(f"{counted(len(found), 'change', 'changes')} {'made' if really else 'shown; --apply makes them'}")


def _threshold(text: str) -> tuple[str, float | None]:
    key, _, number = text.partition("=")
    if number == "none":
        return key, None
    try:
        limit = float(number)
    except ValueError:
        limit = -1.0
    if not 0 <= limit <= 1:
        raise click.UsageError(f"a threshold reads user.contact=0.8, or user.contact=none; not {text}")
    return key, limit


@catalog.command(epilog=examples("datakeep catalog backup backups/monday.duckdb"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@format_option
@pass_session
def backup(session: Session, file: Path, form: str) -> int:
    """Copy the catalog as it stands, whole or not at all; to restore, put the copy in its place.

    The original is checked on the way; exit code 1 where something in it is wrong.
    """
    wrong = session.house.catalog.faults()
    with _writable(file):
        copy = session.house.catalog.backup(file)
    show([{"file": str(copy), "bytes": copy.stat().st_size, "faults": wrong}], form, ("file", "bytes", "faults"))
    return Exit.GATE if wrong else Exit.DONE


@catalog.command(
    name="import", epilog=examples("datakeep catalog import decisions.csv --reason 'workshop of 12 March'")
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reason", default="", metavar="TEXT", help="Why, for rows that do not say.")
@format_option
@pass_session
def imported(session: Session, file: Path, reason: str, form: str) -> int:
    """Decisions from a CSV file, all or none: id, action (accept, reject, reclassify, assign), class, reason, owner, purpose."""
    from catalog import read_decisions  # noqa: PLC0415 - loads DuckDB

    word, decisions = steward(session, reason), read_decisions(file)
    return decided(
        session, "import", form, lambda: session.house.catalog.decide_all(decisions, word, now=session.now())
    )
