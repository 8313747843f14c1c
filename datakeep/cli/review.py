"""`datakeep review`: a steward's queue, and the decisions on it."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.entries import COLUMNS, by_rule, decided, on_record, steward
from datakeep.cli.errors import say
from datakeep.cli.moment import Moment
from datakeep.cli.render import note, safe, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from catalog import Ownership, QueueItem, Word

QUEUE_COLUMNS = ("id", "count", "class", "proposed", "confidence", "sensitivity", "risk", "due", "steward", "why")
KEYS = "[a]ccept  [r]eject  re[c]lassify  agree, as a second person: [y]  [s]kip  [q]uit"

Decorated = Callable[..., Any]


@group()
def review() -> None:
    """What awaits a decision, and the decisions. They outrank the machine, which keeps looking."""


def _decision(function: Decorated) -> Decorated:
    """What every decision takes: entries and a reason."""
    for decorate in (
        pass_session,
        format_option,
        click.option("--reason", default="", metavar="TEXT", help="Why; kept on record."),
        click.argument("entries", nargs=-1, required=True, metavar="ENTRY..."),
    ):
        function = decorate(function)
    return function


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
        click.option("--steward", metavar="NAME", help="Of this steward, by the rules in the settings."),
        click.option("--dataset", "datasets", multiple=True, metavar="GLOB", help="Of these datasets."),
        click.option(
            "--class", "classes", multiple=True, metavar="CLASS", help="Held or proposed to be of this class."
        ),
        click.option("--source", "sources", multiple=True, metavar="SOURCE", help="Of this source."),
    ):
        function = decorate(function)
    return function


def _asked(item: "QueueItem", now: datetime) -> dict[str, Any]:
    return item.as_json() | {"overdue": item.overdue(now)}


def _queue(session: Session, *, mine: bool, steward: str | None, **filters: tuple[str, ...]) -> "list[QueueItem]":
    """What awaits a decision; decisions whose term ran out have come back to it."""
    house, now = session.house, session.now()
    house.catalog.expire(now=now)
    keys = [house.taxonomy.get(key).key for key in filters["classes"]]
    whose = session.person.name if mine else steward
    return house.catalog.queue(
        sources=filters["sources"], datasets=filters["datasets"], classes=keys, steward=whose, readers=house.readers(),
        now=now,
    )  # fmt: skip


@review.command(name="list", epilog=examples(
    "datakeep review list", "datakeep review list --source crm --format json", "datakeep --as sam review list --mine --overdue"
))  # fmt: skip
@_filters
@click.option("--overdue", is_flag=True, help="Only what waits for longer than it may.")
@format_option
@pass_session
def listed(session: Session, /, overdue: bool, form: str, **filters: Any) -> None:
    """What awaits a decision, the riskiest first; fields that look the same are one line.

    Risk grows with sensitivity, doubt, rows, and with people who can read it through grants.
    """
    now = session.now()
    found = [item for item in _queue(session, **filters) if item.overdue(now) or not overdue]
    show([_asked(item, now) for item in found], form, QUEUE_COLUMNS)
    late = sum(item.overdue(now) for item in found)
    note(f"{sum(len(item.ids) for item in found)} entries in {len(found)} decisions, {late} overdue")


@review.command(epilog=examples(
    'datakeep review accept "crm/*#email" --reason "checked with the team"',
    "datakeep review accept crm/public.customers#email --owner team-crm --purpose customer_support",
))  # fmt: skip
@_until
@_ownership
@_decision
def accept(
    session: Session, entries: tuple[str, ...], reason: str, owner: str | None, purposes: tuple[str, ...],
    until: datetime | None, form: str,
) -> int:  # fmt: skip
    """What the machine proposes is so."""
    word, said = steward(session, reason, until), _said(owner, purposes)
    return decided(
        session, "accept", form, lambda: session.house.catalog.accept(entries, word, now=session.now(), said=said)
    )


@review.command(epilog=examples('datakeep review reject crm/public.orders#code --reason "order codes"'))
@_until
@_decision
def reject(session: Session, entries: tuple[str, ...], reason: str, until: datetime | None, form: str) -> int:
    """These hold no personal data."""
    word = steward(session, reason, until)
    return decided(session, "reject", form, lambda: session.house.catalog.reject(entries, word, now=session.now()))


@review.command(epilog=examples("datakeep review reclassify crm/public.orders#ref --class user.government_id"))
@click.option("--class", "classes", multiple=True, required=True, metavar="CLASS", help="What it is; may be repeated.")
@_until
@_ownership
@_decision
def reclassify(
    session: Session, entries: tuple[str, ...], classes: tuple[str, ...], reason: str, owner: str | None,
    purposes: tuple[str, ...], until: datetime | None, form: str,
) -> int:  # fmt: skip
    """These hold these classes, the leading one first."""
    word, said = steward(session, reason, until), _said(owner, purposes)
    return decided(
        session,
        "reclassify",
        form,
        lambda: session.house.catalog.reclassify(entries, classes, word, now=session.now(), said=said),
    )


@review.command(epilog=examples('datakeep review assign "crm/*" --owner team-crm --purpose customer_support'))
@_ownership
@_decision
def assign(
    session: Session, entries: tuple[str, ...], reason: str, owner: str | None, purposes: tuple[str, ...], form: str
) -> int:
    """Whose these are, and what they are there for."""
    if owner is None and not purposes:
        raise click.UsageError("say --owner, --purpose or both")
    word, said = steward(session, reason), _said(owner, purposes)
    return decided(
        session, "assign", form, lambda: session.house.catalog.assign(entries, said, word, now=session.now())
    )


@review.command(epilog=examples('datakeep --as cy review second crm/public.orders#card --reason "test cards only"'))
@_decision
def second(session: Session, entries: tuple[str, ...], reason: str, form: str) -> int:
    """Agree to believe less of these, as somebody else decided. To disagree, decide otherwise."""
    word = steward(session, reason)
    return decided(session, "second", form, lambda: session.house.catalog.second(entries, word, now=session.now()))


@review.command(epilog=examples('datakeep review mute "crm/*#notes" --until 2027-01-31 --reason "being migrated"'))
@click.option("--until", type=Moment(), required=True, metavar="TIME", help="Ask nobody before then.")
@_decision
def mute(session: Session, entries: tuple[str, ...], until: datetime, reason: str, form: str) -> int:
    """Keep these out of the queue for a while, unless something new is found in them."""
    word = steward(session, reason)
    return decided(session, "mute", form, lambda: session.house.catalog.mute(entries, word, until, now=session.now()))


@review.command(epilog=examples('datakeep review undo "crm/*" --reason "accepted by mistake"'))
@_decision
def undo(session: Session, entries: tuple[str, ...], reason: str, form: str) -> int:
    """Take back the last decision on these; the one before it holds again, or the machine's proposal."""
    word = steward(session, reason)
    return decided(session, "undo", form, lambda: session.house.catalog.undo(entries, word, now=session.now()))


@review.command(name="next", epilog=examples("datakeep review next", "datakeep --as sam review next --mine"))
@_filters
@format_option
@pass_session
def following(session: Session, /, form: str, **filters: Any) -> None:
    """The riskiest decision, then the next: one key each. Off a terminal it prints the riskiest and ends."""
    found = _queue(session, **filters)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        show([_asked(item, session.now()) for item in found[:1]], form, QUEUE_COLUMNS)
        return
    word = steward(session, "")
    for number, item in enumerate(found, start=1):
        _describe(item, number, len(found))
        if not _answered(session, item, word):
            return


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
    show([entry.as_json() for entry in found], form, COLUMNS)
    note(f"{len(found)} {'entry' if len(found) == 1 else 'entries'} {'would be ' if plan else ''}accepted")


def _describe(item: "QueueItem", number: int, total: int) -> None:
    click.echo(f"\n{number} of {total}: {len(item.ids)} {'entry' if len(item.ids) == 1 else 'entries'}")
    for entry_id in item.ids[:10]:
        click.echo(f"  {safe(entry_id)}")
    if len(item.ids) > 10:
        click.echo(f"  and {len(item.ids) - 10} more")
    if item.readers:
        click.echo(f"  {item.readers} {'person' if item.readers == 1 else 'people'} can read it now")
    click.echo(f"  proposed: {', '.join(item.proposed) or 'nothing'}; {'; '.join(item.why)}")
    click.echo(KEYS)


def _answered(session: Session, item: "QueueItem", word: "Word") -> bool:
    """Do what the next key says; False to stop. A decision that cannot be made is said, and the next one comes."""
    from catalog import CatalogError  # noqa: PLC0415 - loads DuckDB
    from classifiers import ClassifyError  # noqa: PLC0415

    catalog, now, key = session.house.catalog, session.now(), click.getchar().lower()
    decide: dict[str, tuple[str, Callable[[], list[Any]]]] = {
        "a": ("accept", lambda: catalog.accept(item.ids, word, now=now)),
        "r": ("reject", lambda: catalog.reject(item.ids, word, now=now)),
        "c": ("reclassify", lambda: catalog.reclassify(item.ids, [click.prompt("class")], word, now=now)),
        "y": ("second", lambda: catalog.second(item.ids, word, now=now)),
    }
    try:
        if key in decide:
            on_record(session, *decide[key])
    except (CatalogError, ClassifyError) as error:
        say(error)
    return key not in {"q", "\x03", "\x04"}


@review.command(epilog=examples("datakeep review stats --format json"))
@format_option
@pass_session
def stats(session: Session, form: str) -> None:
    """How far the review is, and how often people agreed with the machine, class by class."""
    found = session.house.catalog.stats(now=session.now())
    item = {
        "statuses": found.statuses,
        "waiting": found.waiting,
        "clusters": found.clusters,
        "overdue": found.overdue,
        "by_steward": found.by_steward,
        "oldest": found.oldest.isoformat() if found.oldest else None,
        "decided_by": found.decided_by,
        "accepted": found.accepted,
        "rejected": found.rejected,
    }
    show([item], form, tuple(item))
