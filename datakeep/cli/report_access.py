"""`datakeep report access`: who could read what, and who did."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from datakeep.cli.command import command, examples, format_option
from datakeep.cli.lent import Start
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Reach

COLUMNS = ("person", "class", "verdict", "could", "did", "rules", "reads", "refused", "live", "last_read")


@command(
    epilog=examples(
        "datakeep report access", "datakeep report access --class user.contact --since 2026-10-01 --format csv"
    )
)
@click.option(
    "--person", "people", multiple=True, metavar="NAME", help="What this person could and did; may be repeated."
)
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="A class and its children; may be repeated.")
@click.option(
    "--verdict",
    type=click.Choice(["unasked", "unused", "over_scoped", "used"]),
    help="Only what the reads say this of.",
)
@click.option("--since", type=Start(), metavar="TIME", help="Grants that ended after then, and reads from then on.")
@format_option
@pass_session
def access(
    session: Session,
    people: tuple[str, ...],
    classes: tuple[str, ...],
    verdict: str | None,
    since: datetime | None,
    form: str,
) -> None:
    """Who could read which class, who did, and what was lent without need: unused, or wider than used.

    `could` are the fields that were lent, `askable` those that the policy in force lets the person ask for.
    """
    from classifiers import DataClass  # noqa: PLC0415 - `--help` needs no parts
    from jit import accesses  # noqa: PLC0415

    wanted = [session.house.taxonomy.get(key).key for key in classes]
    grants = [one for one in session.house.broker.lending.grants(session.now()) if since is None or one.expires > since]
    live = [one.id for one in grants if one.state.value == "active"]
    records = (record for record in session.house.audit.records() if since is None or record.ts >= since)
    found = [one.as_json() for one in accesses(grants, live, records, _reaches(session))]
    found = [one for one in found if not people or one["person"] in people]
    found = [one for one in found if not wanted or any(DataClass(key).covers(one["class"]) for key in wanted)]
    found = [one for one in found if verdict in {None, one["verdict"]}]
    show(found, form, COLUMNS)
    lent = [one for one in found if one["verdict"] != "unasked"]
    note(f"{sum(one['verdict'] != 'used' for one in lent)} of {len(lent)} were lent without need, or wider than used; "
         f"{len(found) - len(lent)} could ask and did not")  # fmt: skip


def _reaches(session: Session) -> "Iterator[Reach]":
    """What the policy lets people ask for; nothing, and a word about it, where there is none that can be read."""
    from classifiers import DocumentError  # noqa: PLC0415 - `--help` needs no parts
    from jit import PolicyError, reach  # noqa: PLC0415

    try:
        policy = session.house.policy
    except (DocumentError, PolicyError) as error:
        note(f"who could ask is not shown: {error}")
        return
    entries = session.house.catalog.entries()
    for person in session.house.people.values():
        yield from reach(policy, person, entries)
