"""`datakeep sweep`: on paper what time has done."""

from datakeep.cli.command import command, examples, format_option
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

COLUMNS = ("id", "state", "what")


@command(epilog=examples("datakeep sweep", "datakeep sweep --format json"))
@format_option
@pass_session
def sweep(session: Session, form: str) -> None:
    """End what is due: requests that nobody answered or can answer, grants past their end, access reviews.

    Fields that hold more than was lent are suspended on paper, and asked for again. Nothing waits for it: an ended
    grant and such a field read nothing, swept or not.
    """
    from jit import sweep as reconcile  # noqa: PLC0415 - `--help` needs no parts

    closed = session.house.campaigns.sweep(session.now())
    done = reconcile(session.house.broker, session.now())
    grants = (*done.begun, *done.ended, *done.narrowed, *done.widened)
    items = [{"id": one.id, "state": one.state.value, "what": "request"} for one in (*done.requests, *done.asked)]
    items += [{"id": one.id, "state": one.state.value, "what": "grant"} for one in grants]
    items += [{"id": one.id, "state": one.state.value, "what": "campaign"} for one in closed]
    show(items, form, COLUMNS)
    note(
        f"{len(done.requests)} requests are over, {len(done.begun)} grants began, {len(done.ended)} ended, "
        f"{len(done.narrowed)} lend less, {len(done.widened)} more, {len(done.asked)} requests made anew"
    )
