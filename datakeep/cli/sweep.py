"""`datakeep sweep`: on paper what time has done."""

from datakeep.cli.command import command, examples, format_option
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

COLUMNS = ("id", "state", "what")


@command(epilog=examples("datakeep sweep", "datakeep sweep --format json"))
@format_option
@pass_session
def sweep(session: Session, form: str) -> None:
    """End what is due: requests that nobody answered, grants past their end.

    Nothing waits for it: an ended grant reads nothing, swept or not.
    """
    done = session.house.broker.lending.sweep(session.now())
    items = [{"id": one.id, "state": one.state.value, "what": "request"} for one in done.requests]
    items += [{"id": one.id, "state": one.state.value, "what": "grant"} for one in (*done.begun, *done.ended)]
    show(items, form, COLUMNS)
    note(f"{len(done.requests)} requests lapsed, {len(done.begun)} grants began, {len(done.ended)} ended")
