"""`datakeep review`: a steward's queue, and the decisions on it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group, limit_option
from datakeep.cli.entries import COLUMNS, ahead, by_rule, decided, steward
from datakeep.cli.known import source_option, steward_named
from datakeep.cli.moment import Moment, as_of_option
from datakeep.cli.render import counted, note, show
from datakeep.cli.session import Session, pass_session
from datakeep.cli.sitting import Sitting
from datakeep.cli.sweep import reconciled

if TYPE_CHECKING:
    from catalog import Catalog, Entry, Ownership, Queue, QueueItem

QUEUE_COLUMNS = ("id", "count", "proposed", "confidence", "sensitivity", "risk", "due", "steward", "why")
ASKED = ("proposed", "confirmed", "rejected")

Decorated = Callable[..., Any]


@group()
def review() -> None:
    """What awaits a decision, and the decisions. They outrank the machine, which keeps looking."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What every decision is: somebody's word on entries, made or only planned."""

    session: Session
    entries: tuple[str, ...]
    reason: str
    plan: bool
    form: str

    @property
    def catalog(self) -> "Catalog":
        """Where it is put down."""
        return self.session.house.catalog

    def made(self, action: str, deed: Callable[..., "Sequence[Entry]"], until: datetime | None = None) -> int:
        """Make it, or with `--plan` say what it would touch; the exit code. Raises DeniedError for one who is no steward."""
        word = steward(self.session, self.reason, until)
        planned = self.entries if self.plan else ()
        return decided(
            self.session, action, self.form, lambda: deed(self.entries, word=word, now=self.session.now()), planned
        )


def _decision(function: Decorated) -> Decorated:
    """A command that gets a Decision, with the options that every one has."""

    @wraps(function)
    def command(session: Session, entries: tuple[str, ...], reason: str, plan: bool, form: str, **more: Any) -> Any:
        return function(Decision(session, entries, reason, plan, form), **more)

    decorated: Decorated = command
    for decorate in (
        pass_session,
        format_option,
        click.option("--plan", is_flag=True, help="Only say which entries it would touch."),
        click.option("--reason", default="", metavar="TEXT", help="Why; kept on record."),
        click.argument("entries", nargs=-1, required=True, metavar="ENTRY..."),
    ):
        decorated = decorate(decorated)
    return decorated


def _ownership(function: Decorated) -> Decorated:
    owner = click.option("--owner", metavar="OWNER", help="Whose it is.")
    purpose = click.option("--purpose", "purposes", multiple=True, metavar="PURPOSE", help="What it is there for.")
    return owner(purpose(function))


def _until(function: Decorated) -> Decorated:
    return click.option("--until", type=Moment(), metavar="TIME", help="When it must be decided again.")(function)


def _said(owner: str | None, purposes: tuple[str, ...]) -> "Ownership":
    from catalog import Ownership  # noqa: PLC0415 - loads DuckDB

    return Ownership(owner, purposes or None)


def _filters(function: Decorated) -> Decorated:
    """What narrows the queue."""
    for decorate in (
        click.option("--mine", is_flag=True, help="Of whoever asks, by the rules in the settings."),
        click.option("--steward", metavar="NAME", help="Of this steward, by the rules in the settings; nobody: of none."),
        click.option(
            "--status", "statuses", multiple=True, type=click.Choice(ASKED),
            help="proposed: nobody decided yet; confirmed, rejected: the decision is in doubt.",
        ),
        click.option("--dataset", "datasets", multiple=True, metavar="GLOB", help="Of these datasets."),
        click.option(
            "--class", "classes", multiple=True, metavar="CLASS", help="Held or proposed to be of this class."
        ),
        source_option("Of this source."),
    ):  # fmt: skip
        function = decorate(function)
    return function


def _item(item: "QueueItem", now: datetime) -> dict[str, Any]:
    return item.as_json() | {"overdue": item.overdue(now)}


def _show(found: "Sequence[QueueItem]", now: datetime, form: str) -> None:
    """Questions as items; in a table what is held beside what is proposed is told only where it is something else."""
    items = [_item(one, now) for one in found]
    if form == "table":
        for item, one in zip(items, found, strict=True):
            held = [f"held as {one.data_class}"] if one.data_class and (one.data_class,) != one.proposed[:1] else []
            due = f"late since {one.due:%Y-%m-%dT%H:%M:%SZ}" if one.due and one.overdue(now) else item["due"]
            item |= {"proposed": item["proposed"] or "nothing", "why": [*item["why"], *held], "due": due}
    show(items, form, QUEUE_COLUMNS)


def _queue(
    session: Session,
    *,
    mine: bool,
    steward: str | None,
    as_of: datetime | None = None,
    overdue: bool = False,
    limit: int | None = None,
    **filters: tuple[str, ...],
) -> "Queue":
    """What awaits a decision; decisions whose term ran out have come back to it."""
    from catalog import Status  # noqa: PLC0415 - loads DuckDB

    house, now = session.house, session.now()
    if as_of is None:
        house.catalog.expire(now=now)
    if mine and steward:
        raise click.UsageError("--mine is --steward with your own name: say one of them")
    return house.catalog.queue(
        sources=filters["sources"], datasets=filters["datasets"], statuses=map(Status, filters["statuses"]),
        classes=[house.taxonomy.get(key).key for key in filters["classes"]],
        steward=session.person.name if mine else steward and steward_named(session, steward),
        readers={} if as_of else house.readers(), now=as_of or now, as_of=as_of, overdue=overdue, limit=limit,
    )  # fmt: skip


@review.command(name="list", epilog=examples(
    "datakeep review list", "datakeep review list --source crm --limit 20", "datakeep --as sam review list --mine --overdue",
    "datakeep review list --status confirmed        where the machine or a second person doubts a decision",
))  # fmt: skip
@_filters
@click.option("--overdue", is_flag=True, help="Only what waits for longer than it may.")
@as_of_option()
@limit_option
@format_option
@pass_session
def listed(
    session: Session, /, overdue: bool, as_of: datetime | None, limit: int | None, form: str, **filters: Any
) -> None:
    """What awaits a decision, the riskiest first; fields that look the same are one line.

    Risk grows with sensitivity, doubt, rows, and with people who can read it through grants.
    """
    now = as_of or session.now()
    found = _queue(session, as_of=as_of, overdue=overdue, limit=limit, **filters)
    _show(found, now, form)
    more = f"; the first {limit} are shown" if len(found) < found.decisions else ""
    entries, decisions = counted(found.entries, "entry", "entries"), counted(found.decisions, "decision", "decisions")
    note(f"{entries} in {decisions}, {found.overdue} overdue{more}")


@review.command(epilog=examples(
    'datakeep review accept "crm/*#email" --reason "checked with the team"',
    "datakeep review accept crm/public.customers#email --owner team-crm --purpose customer_support",
))  # fmt: skip
@_until
@_ownership
@_decision
def accept(decision: Decision, owner: str | None, purposes: tuple[str, ...], until: datetime | None) -> int:
    """What the machine proposes is so."""
    return decision.made("accept", partial(decision.catalog.accept, said=_said(owner, purposes)), until)


@review.command(epilog=examples('datakeep review reject crm/public.orders#code --reason "order codes"'))
@_until
@_decision
def reject(decision: Decision, until: datetime | None) -> int:
    """These hold no personal data."""
    return decision.made("reject", decision.catalog.reject, until)


@review.command(epilog=examples("datakeep review reclassify crm/public.orders#ref --class user.government_id"))
@click.option("--class", "classes", multiple=True, required=True, metavar="CLASS", help="What it is; may be repeated.")
@_until
@_ownership
@_decision
def reclassify(
    decision: Decision, classes: tuple[str, ...], owner: str | None, purposes: tuple[str, ...], until: datetime | None
) -> int:
    """These hold these classes, the leading one first."""
    deed = partial(decision.catalog.reclassify, classes=classes, said=_said(owner, purposes))
    return decision.made("reclassify", deed, until)


@review.command(epilog=examples(
    'datakeep review assign "crm/*#email" --owner team-crm --purpose customer_support',
    "datakeep review assign crm/public.customers --owner team-crm      the dataset, with the columns to come",
))  # fmt: skip
@_ownership
@_decision
def assign(decision: Decision, owner: str | None, purposes: tuple[str, ...]) -> int:
    """Whose these are, and what they are there for. A dataset (SOURCE/DATASET) passes it on to what says nothing else."""
    if owner is None and not purposes:
        raise click.UsageError("say --owner, --purpose or both")
    return decision.made("assign", partial(decision.catalog.assign, said=_said(owner, purposes)))


@review.command(epilog=examples('datakeep --as cy review second crm/public.orders#card --reason "test cards only"'))
@_decision
def second(decision: Decision) -> int:
    """Agree to believe less of these, as somebody else decided. To disagree, decide otherwise."""
    return decision.made("second", decision.catalog.second)


@review.command(epilog=examples('datakeep review mute "crm/*#notes" --until 2027-01-31 --reason "being migrated"'))
@click.option("--until", type=Moment(), required=True, metavar="TIME", help="Ask nobody before then.")
@_decision
def mute(decision: Decision, until: datetime) -> int:
    """Keep these out of the queue for a while, unless something new is found in them."""
    return decision.made("mute", partial(decision.catalog.mute, until=ahead(decision.session, until)))


@review.command(epilog=examples('datakeep review undo "crm/*" --reason "accepted by mistake"'))
@_decision
def undo(decision: Decision) -> int:
    """Take back the last decision on these, or the silence: what was before holds again, or the machine's proposal."""
    return decision.made("undo", decision.catalog.undo)


@review.command(name="next", epilog=examples(
    "datakeep review next", 'datakeep --as sam review next --mine --reason "walked through with the shop team"'
))  # fmt: skip
@_filters
@click.option("--reason", default="", metavar="TEXT", help="Why, for what is decided here; kept on record.")
@format_option
@pass_session
def following(session: Session, /, reason: str, form: str, **filters: Any) -> None:
    """The riskiest decision, then the next: one key each. Off a terminal it prints the riskiest and ends."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        Sitting(session, steward(session, reason), partial(_queue, session, **filters)).hold()
    else:
        _show(_queue(session, limit=1, **filters), session.now(), form)


@review.command(epilog=examples("datakeep review auto --plan", "datakeep review auto"))
@click.option("--plan", is_flag=True, help="Only say what the rules would accept.")
@format_option
@pass_session
def auto(session: Session, plan: bool, form: str) -> None:
    """Let the settings' rules (`review: {auto_accept: …}`) accept what they take, as every scan does at its end.

    Their decisions are undone like anybody's; what a person ever decided on is left to people.
    """
    if not plan:
        steward(session, "")
    found = by_rule(session, dry=plan)
    if not plan:
        reconciled(session)
    show([entry.as_json() for entry in found], form, COLUMNS)
    note(f"{counted(len(found), 'entry', 'entries')} {'would be ' if plan else ''}accepted")


@review.command(epilog=examples("datakeep review stats --format json", "datakeep review stats --as-of 2026-11-01"))
@as_of_option()
@format_option
@pass_session
def stats(session: Session, as_of: datetime | None, form: str) -> None:
    """How far the review is, who has how much of it, and how often people agreed with the machine, class by class."""
    found = session.house.catalog.stats(now=as_of or session.now(), as_of=as_of)
    item = {
        "statuses": found.statuses,
        "waiting": found.waiting,
        "clusters": found.clusters,
        "overdue": found.overdue,
        "by_steward": found.by_steward,
        "overdue_by_steward": found.overdue_by_steward,
        "oldest": found.oldest.isoformat() if found.oldest else None,
        "decided_by": found.decided_by,
        "accepted": found.accepted,
        "rejected": found.rejected,
    }
    show([item], form, tuple(item))
    if found.accepted or found.rejected:
        note("recognizer by recognizer: `datakeep report recognizers`")
