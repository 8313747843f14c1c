"""`datakeep request`: asking for access, and answering."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.lent import ASKED_COLUMNS, FIELD_COLUMNS, REQUEST_COLUMNS, Duration, Start, outcome, request_item
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Request

STATES = click.Choice(["pending", "approved", "denied", "rejected", "withdrawn", "expired"])
TELL = 2.0  # seconds for which a broken glass waits for sinks to hear of it
POLL = 0.5  # seconds between two looks while waiting


@group()
def request() -> None:
    """Ask for access to classes of personal data; approve or deny what others ask."""


@request.command(epilog=examples(
    'datakeep request create --class user.contact.email --scope "crm/*" --for 2h --reason "refund case" --ticket SUP-7',
    'datakeep request create --entry crm/public.customers#email --for 30m --reason "bounced mail" --purpose customer_support',
    'datakeep request create --class user.name --for 1h --reason "just asking" --dry-run',
))  # fmt: skip
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="A class and its children; may be repeated.")
@click.option(
    "--scope",
    default="*",
    show_default=True,
    metavar="GLOB",
    help="Where: a glob over entry ids, a source or a dataset.",
)
@click.option("--entry", "entries", multiple=True, metavar="ID", help="A field by its id; may be repeated.")
@click.option(
    "--for", "seconds", type=Duration(), metavar="DURATION", help="How long, such as 30m or 2h [the policy's default]."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; approvers read it.")
@click.option("--purpose", metavar="PURPOSE", help="What the data is for, as the policy calls it.")
@click.option("--ticket", metavar="TICKET", help="The ticket it is about.")
@click.option("--start", type=Start(), metavar="TIME", help="When it begins [at the approval].")
@click.option("--dry-run", is_flag=True, help="Say what the policy would say; put nothing on record.")
@click.option(
    "--break-glass", is_flag=True, help="An emergency: read at once where the policy knows of such, heard and reviewed."
)
@click.option("--wait", is_flag=True, help="Wait until people have decided.")
@format_option
@pass_session
def create(
    session: Session, classes: tuple[str, ...], scope: str, entries: tuple[str, ...], seconds: int | None, reason: str,
    purpose: str | None, ticket: str | None, start: datetime | None, dry_run: bool, break_glass: bool, wait: bool, form: str,
) -> int:  # fmt: skip
    """Ask for access. Exits 0 where it is lent at once, 8 while people are to decide, 4 where the policy denies."""
    from classifiers import DataClass  # noqa: PLC0415 - `--help` needs no parts
    from jit import Ask  # noqa: PLC0415

    if not classes and not entries:
        raise click.UsageError("name what you need: --class CLASS or --entry ID")
    wanted = tuple(map(DataClass, classes))
    ask = Ask(session.person.name, wanted, scope, entries, purpose, reason, ticket, seconds, start, break_glass)
    made = session.house.broker.ask(ask, session.now(), dry_run=dry_run)
    if wait and not dry_run:
        made = _awaited(session, made)
    if made.break_glass and not dry_run:
        _tell(session, made)
    show([request_item(made)], form, REQUEST_COLUMNS)
    return outcome(made)


@request.command(
    name="list", epilog=examples("datakeep request list --mine", "datakeep request list --to-decide --format json")
)
@click.option("--state", "states", type=STATES, multiple=True, help="In this state; may be repeated.")
@click.option("--mine", is_flag=True, help="Those you asked.")
@click.option("--to-decide", is_flag=True, help="Those that wait for you.")
@format_option
@pass_session
def listed(session: Session, states: tuple[str, ...], mine: bool, to_decide: bool, form: str) -> None:
    """Every request, the newest first."""
    broker = session.house.broker
    found = [one for one in broker.requests(session.now()) if not states or one.state.value in states]
    if mine:
        found = [one for one in found if one.requester == session.person.name]
    if to_decide:
        found = [one for one in found if one.state.value == "pending" and broker.may_decide(one, session.person)]
    show([request_item(one) for one in found], form, REQUEST_COLUMNS)


@request.command(name="show", epilog=examples("datakeep request show req-7k3m9xq2ab --format json"))
@click.argument("name", metavar="ID")
@format_option
@pass_session
def shown(session: Session, name: str, form: str) -> None:
    """One request, with every field that it would open: how sensitive, how many rows, who reviewed it, who read it before."""
    broker = session.house.broker
    found = broker.request(name, session.now())
    dossier = broker.dossier(found).as_json()
    show([{**request_item(found), **dossier}], form, ASKED_COLUMNS)
    if form == "table":
        show(dossier["fields"], form, FIELD_COLUMNS)
        past = ", ".join(f"{count} {state}" for state, count in dossier["history"].items())
        note(f"other requests of {found.requester}: {past or 'none'}")


@request.command(epilog=examples(
    'datakeep request edit req-7k3m9xq2ab --for 30m --reason "refund case, one customer"',
    "datakeep request edit req-7k3m9xq2ab --entry crm/public.customers#email",
))  # fmt: skip
@click.argument("name", metavar="ID")
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="Classes, in the place of all that was asked.")
@click.option("--scope", metavar="GLOB", help="Where, for the classes.")
@click.option("--entry", "entries", multiple=True, metavar="ID", help="Fields, in the place of all that was asked.")
@click.option("--for", "seconds", type=Duration(), metavar="DURATION", help="How long [as before].")
@click.option("--reason", metavar="TEXT", help="Why [as before].")
@click.option("--purpose", metavar="PURPOSE", help="What the data is for [as before].")
@click.option("--ticket", metavar="TICKET", help="The ticket it is about [as before].")
@click.option("--start", type=Start(), metavar="TIME", help="When it begins [as before].")
@format_option
@pass_session
def edit(session: Session, /, name: str, classes: tuple[str, ...], form: str, **given: Any) -> int:
    """Change your own pending request. Approvals given so far are void: the approvers look at it anew."""
    from classifiers import DataClass  # noqa: PLC0415 - `--help` needs no parts
    from jit import edited  # noqa: PLC0415

    now = session.now()
    before = session.house.broker.request(name, now)
    ask = edited(before, session.person.name, classes=tuple(map(DataClass, classes)), **given)
    made = session.house.broker.edit(name, ask, now)
    show([request_item(made)], form, REQUEST_COLUMNS)
    return outcome(made)


def _answer(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every answer takes."""
    for decorate in (
        pass_session,
        format_option,
        click.option("--reason", default="", metavar="TEXT", help="Why; kept in the ledger."),
        click.argument("name", metavar="ID"),
    ):
        function = decorate(function)
    return function


@request.command(epilog=examples('datakeep request approve req-7k3m9xq2ab --as bo --reason "known case"'))
@_answer
def approve(session: Session, name: str, reason: str, form: str) -> None:
    """Approve somebody else's request. Never one's own."""
    made = session.house.broker.approve(name, session.person, session.now(), reason)
    show([request_item(made)], form, REQUEST_COLUMNS)
    note(f"{made.id} is {made.state.value}" + (f", lent as {made.grant_id}" if made.grant_id else ""))


@request.command(epilog=examples('datakeep request deny req-7k3m9xq2ab --as bo --reason "no ticket"'))
@_answer
def deny(session: Session, name: str, reason: str, form: str) -> None:
    """Deny somebody else's request. One denial is enough."""
    show([request_item(session.house.broker.deny(name, session.person, session.now(), reason))], form, REQUEST_COLUMNS)


@request.command(epilog=examples("datakeep request withdraw req-7k3m9xq2ab"))
@_answer
def withdraw(session: Session, name: str, reason: str, form: str) -> None:
    """Take your own pending request back."""
    show(
        [request_item(session.house.broker.withdraw(name, session.person, session.now(), reason))],
        form,
        REQUEST_COLUMNS,
    )


@request.command(epilog=examples('datakeep request review req-7k3m9xq2ab --as bo --reason "the outage was real"'))
@click.argument("name", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the ledger.")
@click.option("--unjustified", is_flag=True, help="There was no need: what is still lent ends.")
@format_option
@pass_session
def review(session: Session, name: str, reason: str, unjustified: bool, form: str) -> None:
    """Look afterwards at a request that broke the glass. For those who were told of it, never for who broke it."""
    made = session.house.glass.review(name, session.person, session.now(), reason, justified=not unjustified)
    show([request_item(made)], form, REQUEST_COLUMNS)


def _tell(session: Session, made: "Request") -> None:
    """Who is told of a broken glass; the sinks are told now, as far as they answer at once."""
    note(f"told of it: {', '.join(made.notify)}; one of them reviews it with `datakeep request review {made.id}`")
    for sink, told in session.house.forwarder.nudge(TELL).items():
        note(f"sink {sink}: {'told' if told else 'waits; `datakeep audit forward` tells it'}")


def _awaited(session: Session, made: "Request") -> "Request":
    """The request once it is decided or has lapsed."""
    if made.state.value == "pending":
        note(f"{made.id} waits for a decision")
    while made.state.value == "pending":
        time.sleep(POLL)
        made = session.house.broker.request(made.id, session.now())
    return made
