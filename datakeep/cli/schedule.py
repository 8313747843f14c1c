"""`datakeep schedule`: scans when they are due, in the foreground."""

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.entries import scanned
from datakeep.cli.errors import say
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session


@group()
def schedule() -> None:
    """Scans when they are due, by the sources' cron expressions."""


@schedule.command(name="list", epilog=examples("datakeep schedule list"))
@format_option
@pass_session
def listed(session: Session, form: str) -> None:
    """The scheduled sources, the next due first."""
    from datakeep.schedule import upcoming  # noqa: PLC0415 - loads APScheduler

    items = [
        {"source": due.source, "schedule": due.schedule, "next": due.next.isoformat(timespec="seconds")}
        for due in upcoming(session.settings.sources, session.now())
    ]
    show(items, form, ("source", "schedule", "next"))


@schedule.command(name="run", epilog=examples("datakeep schedule run"))
@pass_session
def running(session: Session) -> None:
    """Keep the time until interrupted; what came due while nobody did is scanned at once."""
    from datakeep.schedule import keep_time, missed, upcoming  # noqa: PLC0415 - loads APScheduler
    from datakeep.settings import SettingsError  # noqa: PLC0415

    sources = tuple(one for one in session.settings.sources if one.schedule)
    if not sources:
        error = SettingsError("no source has a schedule")
        error.add_note('write schedule: "0 3 * * *" under a source of datakeep.yaml')
        raise error
    last = session.house.last_scans()
    due = frozenset(one.source.name for one in sources if missed(one, last.get(one.source.name), session.now()))
    for one in upcoming(sources, session.now()):
        note(f"{one.source}: {'now' if one.source in due else one.next.isoformat(timespec='minutes')}")
    keep_time(sources, due, session.now(), lambda name: _scan(session, name))


def _scan(session: Session, name: str) -> None:
    """One scheduled scan; an expected failure is said, and the next one is tried when it is due."""
    from datakeep.cli.errors import is_expected  # noqa: PLC0415
    from datakeep.cli.scan import follow  # noqa: PLC0415 - loads Arrow

    try:
        run_id = follow(session.house.scan((name,)), quiet=True)
        scanned(Session(session.flags), run_id)  # by the settings and policies of now, not of when this began
    except Exception as failure:
        if not is_expected(failure):
            raise
        say(failure)
    else:
        run = session.house.catalog.run(run_id)
        note(f"{name}: run {run_id} {run.status}")
