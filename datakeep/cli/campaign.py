"""`datakeep campaign`: access reviews. What nobody says is to stay is revoked when a campaign ends."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.lent import Duration
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Campaign, Question

CAMPAIGN_COLUMNS = ("id", "state", "opened_by", "opened", "closes", "classes", "scope", "open", "keep", "revoke")
QUESTION_COLUMNS = ("id", "state", "person", "grant", "rule", "classes", "entries", "answered_by", "reason")


@group()
def campaign() -> None:
    """Access reviews: what is lent, and what people could ask for, is kept or revoked."""


@campaign.command(name="open", epilog=examples(
    "datakeep campaign open --for 14d --as bo", "datakeep campaign open --for 7d --class user.contact --scope crm --as bo",
))  # fmt: skip
@click.option(
    "--for", "seconds", type=Duration(), required=True, metavar="DURATION", help="How long people have to answer."
)
@click.option(
    "--class", "classes", multiple=True, metavar="CLASS", help="About a class and its children; may be repeated."
)
@click.option("--scope", default="*", show_default=True, metavar="GLOB", help="About entries within this.")
@format_option
@pass_session
def opened(session: Session, seconds: int, classes: tuple[str, ...], scope: str, form: str) -> None:
    """Ask of every grant, and of every rule that lets somebody ask, whether it is to stay. Takes the role approver or steward.

    Grants end with the campaign from now on; keeping one gives it its time back.
    """
    house, now = session.house, session.now()
    wanted = tuple(house.taxonomy.get(key).key for key in classes)
    made = house.campaigns.open(session.person, now, now + timedelta(seconds=seconds), classes=wanted, scope=scope)
    show([_item(session, made)], form, CAMPAIGN_COLUMNS)
    note(f"`datakeep campaign show {made.id} --mine` lists what is yours to answer")


@campaign.command(name="list", epilog=examples("datakeep campaign list", "datakeep campaign list --format json"))
@format_option
@pass_session
def listed(session: Session, form: str) -> None:
    """Every access review, and how many of its questions are answered."""
    from jit import seen_campaign  # noqa: PLC0415 - `--help` needs no parts

    ledger = session.house.ledger
    moment = ledger.moment(session.now())
    show([_item(session, seen_campaign(one, moment)) for one in ledger.campaigns()], form, CAMPAIGN_COLUMNS)


@campaign.command(name="show", epilog=examples(
    "datakeep campaign show campaign-7k3m9xq2ab --mine --as bo", "datakeep campaign show campaign-7k3m9xq2ab --format csv > review.csv",
))  # fmt: skip
@click.argument("name", metavar="ID")
@click.option("--mine", is_flag=True, help="Only what is open, and yours to answer.")
@format_option
@pass_session
def shown(session: Session, name: str, mine: bool, form: str) -> None:
    """The questions of an access review, with the answers."""
    house = session.house
    found = house.ledger.questions(house.ledger.campaign(name).id)
    if mine:
        found = [one for one in found if one.state.value == "open" and house.campaigns.may_answer(one, session.person)]
    show([_question(one) for one in found], form, QUESTION_COLUMNS)
    note(f"{sum(one.state.value == 'open' for one in found)} of {len(found)} open")


@campaign.command(epilog=examples(
    'datakeep campaign answer campaign-7k3m9xq2ab.1 --keep --as bo --reason "still on the case"',
    'datakeep campaign answer campaign-7k3m9xq2ab.2 campaign-7k3m9xq2ab.3 --revoke --as bo --reason "left the team"',
))  # fmt: skip
@click.argument("names", metavar="QUESTION…", nargs=-1, required=True)
@click.option("--keep/--revoke", "keep", required=True, default=None, help="Whether it is to stay.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the ledger.")
@format_option
@pass_session
def answer(session: Session, names: tuple[str, ...], keep: bool, reason: str, form: str) -> None:
    """Say whether what a question is about stays. Never about yourself."""
    campaigns, now = session.house.campaigns, session.now()
    made = [campaigns.answer(name, session.person, now, reason, keep=keep) for name in names]
    show(map(_question, made), form, QUESTION_COLUMNS)


@campaign.command(name="close", epilog=examples("datakeep campaign close campaign-7k3m9xq2ab --as bo"))
@click.argument("name", metavar="ID")
@format_option
@pass_session
def closed(session: Session, name: str, form: str) -> None:
    """End an access review now: what nobody answered is revoked."""
    made = session.house.campaigns.close(name, session.person, session.now())
    show([_item(session, made)], form, CAMPAIGN_COLUMNS)


def _item(session: Session, one: "Campaign") -> dict[str, Any]:
    states = [question.state.value for question in session.house.ledger.questions(one.id)]
    return {
        "id": one.id, "state": one.state.value, "opened_by": one.opened_by, "opened": one.opened.isoformat(),
        "closes": one.closes.isoformat(), "classes": list(one.classes), "scope": one.scope,
        **{word: states.count(word) for word in ("open", "keep", "revoke")},
    }  # fmt: skip


def _question(one: "Question") -> dict[str, Any]:
    return {
        "id": one.id, "campaign": one.campaign, "state": one.state.value, "person": one.person, "grant": one.grant,
        "rule": one.rule, "classes": list(one.classes), "entries": list(one.entries),
        "until": one.until.isoformat() if one.until else None, "answered_by": one.answered_by,
        "answered": one.answered.isoformat() if one.answered else None, "reason": one.reason,
    }  # fmt: skip
