"""`datakeep sweep`: on paper what time and the catalog have done. What changes the catalog does the same at its end."""

from typing import TYPE_CHECKING

from datakeep.cli.command import command, examples, format_option
from datakeep.cli.errors import say
from datakeep.cli.render import counted, note, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Campaign, Swept

COLUMNS = ("id", "state", "what")


@command(epilog=examples("datakeep sweep", "datakeep sweep --format json"))
@format_option
@pass_session
def sweep(session: Session, form: str) -> None:
    """End what is due: requests that nobody answered or can answer, grants past their end, access reviews.

    Fields that hold more than was lent are suspended on paper, and asked for again; scans and decisions of stewards do
    that at their end too. Nothing waits for it: an ended grant and such a field read nothing, swept or not.
    """
    closed, done = _swept(session)
    grants = (*done.begun, *done.ended, *done.narrowed, *done.widened)
    items = [{"id": one.id, "state": one.state.value, "what": "request"} for one in (*done.requests, *done.asked)]
    items += [{"id": one.id, "state": one.state.value, "what": "grant"} for one in grants]
    items += [{"id": one.id, "state": one.state.value, "what": "campaign"} for one in closed]
    show(items, form, COLUMNS)
    note(_told(done))


def reconciled(session: Session) -> None:
    """Sweep where something was ever lent, and tell what changed: at the end of whatever changed the catalog.

    That stands, whatever becomes of this: an error is said, and what waits for paper is masked by every read already.
    """
    from jit import JitError  # noqa: PLC0415 - `--help` needs no parts

    if not session.house.ledger.path.exists():
        return
    try:
        _, done = _swept(session)
    except JitError as error:
        say(error)
        return
    if done.narrowed or done.widened or done.requests or done.asked:
        note(_told(done))


def _swept(session: Session) -> "tuple[tuple[Campaign, ...], Swept]":
    from jit import sweep as reconcile  # noqa: PLC0415 - `--help` needs no parts

    return session.house.campaigns.sweep(session.now()), reconcile(session.house.broker, session.now())


def _told(done: "Swept") -> str:
    return (
        f"{counted(len(done.requests), 'request is', 'requests are')} over, {counted(len(done.begun), 'grant', 'grants')} "
        f"began, {len(done.ended)} ended, {len(done.narrowed)} lend less, {len(done.widened)} more, "
        f"{counted(len(done.asked), 'request', 'requests')} made anew"
    )
