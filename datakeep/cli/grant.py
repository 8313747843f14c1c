"""`datakeep grant`: what is lent, reading through it, and ending it."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.lent import GRANT_COLUMNS, REQUEST_COLUMNS, Duration, grant_item, outcome, request_item
from datakeep.cli.render import note, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Grant

STATES = click.Choice(["scheduled", "active", "suspended", "expired", "revoked", "stuck"])


@group()
def grant() -> None:
    """What is lent: see it, read through it, end it."""


@grant.command(
    name="list", epilog=examples("datakeep grant list --mine --state active", "datakeep grant list --format json")
)
@click.option("--state", "states", type=STATES, multiple=True, help="In this state; may be repeated.")
@click.option("--mine", is_flag=True, help="Those lent to you.")
@format_option
@pass_session
def listed(session: Session, states: tuple[str, ...], mine: bool, form: str) -> None:
    """Every grant as it stands now, the newest first."""
    found = session.house.broker.lending.grants(session.now(), session.person.name if mine else None)
    show([grant_item(one) for one in found if not states or one.state.value in states], form, GRANT_COLUMNS)


@grant.command(name="show", epilog=examples("datakeep grant show grant-7k3m9xq2ab --format json"))
@click.argument("name", metavar="ID")
@format_option
@pass_session
def shown(session: Session, name: str, form: str) -> None:
    """One grant as it stands now."""
    _show(session.house.broker.lending.grant(name, session.now()), form)


@grant.command(epilog=examples(
    "datakeep grant read grant-7k3m9xq2ab crm/public.customers --limit 20",
    "datakeep grant read grant-7k3m9xq2ab crm/public.customers#email --format csv",
    'datakeep grant read grant-7k3m9xq2ab crm/public.customers --sql "SELECT email, count(*) FROM customers GROUP BY email"',
))  # fmt: skip
@click.argument("name", metavar="ID")
@click.argument("target", metavar="ENTRY_OR_DATASET")
@click.option(
    "--sql", metavar="SQL", help="One SELECT over the masked rows; the table is called `data`, or by its own name."
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Rows at most [100; with --sql all that the query gives]."
)
@format_option
@pass_session
def read(session: Session, name: str, target: str, sql: str | None, limit: int | None, form: str) -> None:
    """Read through a grant: what it lends in clear, everything else masked, the read on record."""
    found = session.house.gateway.read(name, session.person, target, limit=limit, sql=sql)
    show(found.table.to_pylist(), form, found.table.column_names)
    note(f"{found.table.num_rows} rows of {found.dataset}; in clear: {', '.join(found.clear)}; the rest is masked")
    for reason in found.withheld:
        note(f"masked although it was lent: {reason}")


@grant.command(epilog=examples('datakeep grant extend grant-7k3m9xq2ab --for 30m --reason "still on the phone"'))
@click.argument("name", metavar="ID")
@click.option("--for", "seconds", type=Duration(), required=True, metavar="DURATION", help="How much longer.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; approvers read it.")
@click.option("--purpose", metavar="PURPOSE", help="What the data is for [as before].")
@click.option("--ticket", metavar="TICKET", help="The ticket it is about [as before].")
@click.option("--dry-run", is_flag=True, help="Say what the policy would say; put nothing on record.")
@format_option
@pass_session
def extend(
    session: Session,
    name: str,
    seconds: int,
    reason: str,
    purpose: str | None,
    ticket: str | None,
    dry_run: bool,
    form: str,
) -> int:
    """Ask to prolong a grant. It is a request of its own, decided as one: exits 0, 8 or 4 as `request create`."""
    from jit import Ask  # noqa: PLC0415 - `--help` needs no parts

    ask = Ask(session.person.name, purpose=purpose, reason=reason, ticket=ticket, seconds=seconds)
    made = session.house.broker.extend(name, ask, session.now(), dry_run=dry_run)
    show([request_item(made)], form, REQUEST_COLUMNS)
    return outcome(made)


@grant.command(epilog=examples("datakeep grant token grant-7k3m9xq2ab --audience notebook --format json"))
@click.argument("name", metavar="ID")
@click.option("--audience", required=True, metavar="NAME", help="Who is to accept it.")
@format_option
@pass_session
def token(session: Session, name: str, audience: str, form: str) -> None:
    """Make a signed token for your own live grant: short, for one audience, and checked against the ledger when used."""
    from jit import issue  # noqa: PLC0415 - `--help` needs no parts

    made, ends = issue(session.house.ledger, name, session.person, audience, session.now())
    show([{"grant_id": name, "token": made, "expires": ends.isoformat()}], form, ("grant_id", "token", "expires"))


@grant.command(epilog=examples("datakeep grant evidence grant-7k3m9xq2ab --to evidence.json"))
@click.argument("name", metavar="ID")
@click.option("--to", "to", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The file to write.")
@format_option
@pass_session
def evidence(session: Session, name: str, to: Path, form: str) -> None:
    """Write all that is on record about one grant, with proofs, for an auditor who is not to see the rest.

    `datakeep audit verify FILE` checks it, with nothing but the public key.
    """
    from jit import LedgerError, pack  # noqa: PLC0415 - `--help` needs no parts

    made = pack(session.house.audit, name, session.actor, session.now())
    try:
        with to.open("x", encoding="utf-8") as file:
            json.dump(made, file, indent=2)
    except OSError as error:
        raise LedgerError(f"{to} cannot be written: {os.strerror(error.errno or 0)}") from None
    show([{"file": str(to), "grant": name, "records": len(made["records"])}], form, ("file", "grant", "records"))
    note(f"`datakeep audit verify {to}` checks it; the public key is {made['public_key']}")


def _end(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every command takes that steers a grant."""
    for decorate in (
        pass_session,
        format_option,
        click.option("--reason", default="", metavar="TEXT", help="Why; kept in the ledger."),
        click.argument("name", metavar="ID"),
    ):
        function = decorate(function)
    return function


@grant.command(name="return", epilog=examples("datakeep grant return grant-7k3m9xq2ab"))
@_end
def given_back(session: Session, name: str, reason: str, form: str) -> None:
    """Give your own grant back: done early."""
    _show(session.house.broker.lending.give_back(name, session.person, session.now(), reason), form)


@grant.command(epilog=examples('datakeep grant suspend grant-7k3m9xq2ab --as bo --reason "looking into it"'))
@_end
def suspend(session: Session, name: str, reason: str, form: str) -> None:
    """Stop reading through a grant until it is resumed; its end stays where it is."""
    _show(session.house.broker.lending.suspend(name, session.person, session.now(), reason), form)


@grant.command(epilog=examples("datakeep grant resume grant-7k3m9xq2ab --as bo"))
@_end
def resume(session: Session, name: str, reason: str, form: str) -> None:
    """Let a suspended grant go on. Never your own."""
    _show(session.house.broker.lending.resume(name, session.person, session.now(), reason), form)


@grant.command(epilog=examples('datakeep grant revoke grant-7k3m9xq2ab --as bo --reason "ticket closed"'))
@_end
def revoke(session: Session, name: str, reason: str, form: str) -> None:
    """End a grant now, for good."""
    _show(session.house.broker.lending.revoke(name, session.person, session.now(), reason), form)


def _show(grant: "Grant", form: str) -> None:
    show([grant_item(grant)], form, GRANT_COLUMNS)
