"""`datakeep scan`: look at sources and record what they hold."""

import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import click

from datakeep.cli.command import command, examples, format_option
from datakeep.cli.entries import scanned
from datakeep.cli.errors import Exit, say
from datakeep.cli.render import note, safe, show
from datakeep.cli.session import Session, pass_session
from datakeep.cli.sweep import reconciled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datakeep.pipeline import Event, Scan

COLUMNS = ("run_id", "status", "units", "fields", "entries", "rows")
PLAN_COLUMNS = ("source", "dataset", "action", "rows", "parts", "budget_rows", "budget_seconds")
EPILOG = examples(
    "datakeep scan                      every source of datakeep.yaml",
    "datakeep scan crm --full           one source, unchanged tables too",
    "datakeep scan sqlite:///shop.db    a place that is in no settings file",
    "datakeep scan --plan --format json",
    "datakeep scan --fail-on user.financial",
)


@command(epilog=EPILOG)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--full", is_flag=True, help="Look at unchanged units too.")
@click.option("--resume", metavar="RUN", help="Go on with an interrupted run.")
@click.option("--plan", is_flag=True, help="Only say what would be read.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True)
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes that examine.")
@click.option("--fail-on", "fail_on", multiple=True, metavar="CLASS", help="Exit 1 where a field holds this class.")
@click.option("--no-progress", is_flag=True, help="No progress, on a terminal either.")
@format_option
@pass_session
def scan(
    session: Session, sources: tuple[str, ...], full: bool, resume: str | None, plan: bool, engine: str, workers: int,
    fail_on: tuple[str, ...], no_progress: bool, form: str,
) -> int:  # fmt: skip
    """Discover, sample, classify and record.

    Units that have not changed since they were last examined are skipped; values never leave the process that samples
    them. Exit code 3 says that something could not be examined.
    """
    gates = [session.house.taxonomy.get(key).key for key in fail_on]
    work = session.house.scan(sources, full=full, resume=resume, engine=engine, workers=workers)
    if plan:
        return _plan(work, form)
    try:
        run_id = follow(work, quiet=no_progress)
    except KeyboardInterrupt:
        reconciled(session)  # what is done is in the catalog
        raise
    scanned(session, run_id)
    run = session.house.catalog.run(run_id)
    show([run.as_json()], form, COLUMNS)
    names = [configured.source.name for configured in work.sources]
    if gates and session.house.catalog.entries(classes=gates, sources=names):
        note(f"gate: fields hold {', '.join(gates)}")
        return Exit.GATE
    return Exit.DONE if run.status == "complete" else Exit.INCOMPLETE


def follow(work: "Scan", *, quiet: bool = False) -> str:
    """Run a scan and say on stderr how it goes; the run's id."""
    run_id = ""
    try:
        with _progress(quiet) as tell:
            for event in work.run():
                run_id = getattr(event, "run_id", run_id)
                tell(event)
    except KeyboardInterrupt:
        note(f"interrupted; what is done is kept, and `datakeep scan --resume {run_id}` goes on")
        raise
    return run_id


def _plan(work: "Scan", form: str) -> int:
    """What a scan would read; asks the sources what they have, and reads none of it."""
    items, complete = [], True
    for planned in work.plan():
        if planned.error is not None:
            complete = False
            say(planned.error)
        else:
            items.append(planned.as_json())
    show(items, form, PLAN_COLUMNS)
    return Exit.DONE if complete else Exit.INCOMPLETE


@contextmanager
def _progress(quiet: bool) -> "Iterator[Callable[[Event], None]]":
    """A teller of events: a bar on a terminal, plain lines off it."""
    if quiet:
        yield _tell_failures
    elif sys.stderr.isatty():
        with _Bar() as bar:
            yield bar.tell
    else:
        yield _tell_line


def _tell_failures(event: "Event") -> None:
    error = getattr(event, "error", None)
    if error is not None:
        say(error)


def _tell_line(event: "Event") -> None:
    from datakeep.pipeline import Finished, Listed  # noqa: PLC0415 - loads Arrow

    if isinstance(event, Listed):
        note(f"{event.source}: {event.units} {'unit' if event.units == 1 else 'units'}")
    elif isinstance(event, Finished) and event.state != "failed":
        counts = f", {event.rows} rows, {event.found} fields with personal data" if event.state == "done" else ""
        note(f"{event.unit}: {event.state}{counts}")
    _tell_failures(event)


class _Bar:
    """One bar over all units; it grows as sources are listed."""

    def __enter__(self) -> Self:
        from rich.console import Console  # noqa: PLC0415 - rich is slow to import, and only a terminal needs it
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._progress.start()
        self._task = self._progress.add_task("listing", total=0)
        self._total = 0
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, event: "Event") -> None:
        from datakeep.pipeline import Finished, Listed  # noqa: PLC0415 - loads Arrow

        if isinstance(event, Listed):
            self._total += event.units
            self._progress.update(self._task, total=self._total)
        elif isinstance(event, Finished):
            self._progress.update(self._task, advance=1, description=safe(event.unit)[:60])
        _tell_failures(event)
