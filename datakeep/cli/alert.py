"""`datakeep alert`: what needs a look."""

from typing import TYPE_CHECKING

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Alert

COLUMNS = ("id", "severity", "at", "person", "because", "acknowledged_by")


@group()
def alert() -> None:
    """What needs a look: broken glass, refused reads, denied bursts, fields that hold more, what is stuck or waits."""


@alert.command(name="list", epilog=examples("datakeep alert list", "datakeep alert list --mine --format json"))
@click.option(
    "--mine",
    is_flag=True,
    help="Those that name you: broken glass that you were told of, fields of yours that hold more.",
)
@click.option("--all", "everything", is_flag=True, help="Also those that somebody has acknowledged.")
@format_option
@pass_session
def listed(session: Session, mine: bool, everything: bool, form: str) -> None:
    """Alerts that nobody has acknowledged, the newest first."""
    from jit import alerts  # noqa: PLC0415 - `--help` needs no parts

    ledger = session.house.ledger
    found = [*_waiting(session), *alerts(ledger.records(), ledger.moment(session.now()))]
    if mine:
        found = [one for one in found if session.person.name in one.told]
    found = [one for one in found if everything or one.acknowledged_by is None]
    show([one.as_json() for one in found], form, COLUMNS)
    note(f"{sum(one.severity == 'high' for one in found)} high, {len(found)} in all")


@alert.command(epilog=examples('datakeep alert ack glass-broken:req-7k3m9xq2ab --as bo --reason "looking into it"'))
@click.argument("name", metavar="ID")
@click.option("--reason", default="", metavar="TEXT", help="Why; a keyed hash of it is on record.")
@format_option
@pass_session
def ack(session: Session, name: str, reason: str, form: str) -> None:
    """Put on record that you have looked at an alert."""
    from jit import acknowledge  # noqa: PLC0415 - `--help` needs no parts

    made = acknowledge(session.house.ledger, name, session.person, session.now(), reason)
    show([made.as_json()], form, COLUMNS)


def _waiting(session: Session) -> "list[Alert]":
    """What no record can say: ends that wait for the ledger, and sinks that take nothing."""
    from jit import Alert  # noqa: PLC0415 - `--help` needs no parts

    now, house = session.now(), session.house
    found = [
        Alert(f"spooled:{path.stem}", "high", now, "", "the end of a grant waits for the ledger")
        for path in house.ledger.spool.waiting()
    ]
    for to in house.forwarder.destinations:
        position = to.position
        if position.failing is not None:
            said = f"{to.name} takes no records: {position.error}"
            found.append(Alert(f"sink-failing:{to.name}", "medium", position.failing, "", said))
    return found
