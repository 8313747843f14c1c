"""`datakeep policy`: whether the policy file holds, why it says what it says, and what a change would do."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datakeep.cli.command import examples, format_option, group
from datakeep.cli.errors import Exit
from datakeep.cli.lent import Duration
from datakeep.cli.moment import Moment
from datakeep.cli.render import note, safe, show
from datakeep.cli.session import Session, pass_session

if TYPE_CHECKING:
    from jit import Ask, ClassAccount, Decision, Explanation, Policy

CHECK_COLUMNS = ("level", "rule", "message", "hint")
TEST_COLUMNS = ("test", "passed", "expect", "outcome", "rules", "because")
DIFF_COLUMNS = ("kind", "name", "who", "classes", "change", "before", "after", "because")
EXPLAIN_COLUMNS = ("class", "rule", "effect", "verdict", "checks")
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@group()
def policy() -> None:
    """Who may read which class: check the policy file, test it, ask it why, compare it with another."""


@policy.command(epilog=examples("datakeep policy check", "datakeep policy check draft.yaml --format json"))
@click.argument("file", type=FILE, required=False)
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
@format_option
@pass_session
def check(session: Session, file: Path | None, strict: bool, form: str) -> int:
    """Look for rules that never hold, approvals that nobody can give, doors too wide. Exit 1 where there is an error."""
    from jit import lint  # noqa: PLC0415 - `--help` needs no parts

    loaded = _loaded(session, file)
    issues = lint(loaded, session.house.people, session.house.taxonomy)
    items = [{"level": one.level, "rule": one.rule, "message": one.message, "hint": one.hint} for one in issues]
    if items or form != "table":
        show(items, form, CHECK_COLUMNS)
    errors = sum(one.level == "error" for one in issues)
    note(f"{_count(len(loaded.rules), 'rule')}, {_count(errors, 'error')}, {_count(len(issues) - errors, 'warning')}, "
         f"version {loaded.version}")  # fmt: skip
    return Exit.GATE if errors or (strict and issues) else Exit.DONE


@policy.command(name="test", epilog=examples("datakeep policy test", "datakeep policy test draft.yaml --format json"))
@click.argument("file", type=FILE, required=False)
@format_option
@pass_session
def tested(session: Session, file: Path | None, form: str) -> int:
    """Run the tests that the policy file brings along. Exit 1 where one fails."""
    from jit import run_tests  # noqa: PLC0415 - `--help` needs no parts

    results = run_tests(_loaded(session, file), session.house.taxonomy)
    items = [
        {
            "test": one.number, "passed": one.passed, "expect": one.test.expect, "outcome": one.decision.outcome.value,
            "rules": list(one.decision.rules), "because": list(one.decision.because), "who": one.test.given.who,
            "classes": list(one.test.given.classes),
        }
        for one in results
    ]  # fmt: skip
    show(items, form, TEST_COLUMNS)
    failed = sum(not one.passed for one in results)
    note(f"{_count(len(results), 'test')}, {failed} failed")
    return Exit.GATE if failed else Exit.DONE


@policy.command(name="explain", epilog=examples(
    'datakeep policy explain --class user.contact.email --scope "crm/*" --for 2h',
    "datakeep policy explain --entry crm/public.customers#email --as ana --format json",
    "datakeep policy explain --class user.government_id --at 2026-11-23T20:00+01:00",
))  # fmt: skip
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="A class and its children; may be repeated.")
@click.option("--scope", default="*", show_default=True, metavar="GLOB", help="Where: a glob over entry ids.")
@click.option("--entry", "entries", multiple=True, metavar="ID", help="A field by its id; may be repeated.")
@click.option("--for", "seconds", type=Duration(), metavar="DURATION", help="How long [the policy's default].")
@click.option("--purpose", metavar="PURPOSE", help="What the data is for.")
@click.option("--ticket", metavar="TICKET", help="The ticket it is about.")
@click.option("--reason", metavar="TEXT", help="The reason [one that is long enough].")
@click.option("--start", type=Moment(), metavar="TIME", help="When it begins [at once].")
@click.option("--at", "at", type=Moment(), metavar="TIME", help="When it is asked [now].")
@click.option("--policy", "file", type=FILE, help="Another policy file.")
@format_option
@pass_session
def explained(
    session: Session, classes: tuple[str, ...], scope: str, entries: tuple[str, ...], seconds: int | None,
    purpose: str | None, ticket: str | None, reason: str | None, start: datetime | None, at: datetime | None,
    file: Path | None, form: str,
) -> None:  # fmt: skip
    """Why a request would be decided as it would: per class every rule, condition by condition, and what would help.

    Nothing is asked and nothing is put on record. `--as` asks in the name of somebody else.
    """
    from classifiers import DataClass  # noqa: PLC0415 - `--help` needs no parts
    from jit import ANY_REASON, Ask, explain, find  # noqa: PLC0415

    if not classes and not entries:
        raise click.UsageError("name what would be asked for: --class CLASS or --entry ID")
    house = session.house
    ask = Ask(session.person.name, tuple(map(DataClass, classes)), scope, entries, purpose,
              ANY_REASON if reason is None else reason, ticket, seconds, start)  # fmt: skip
    found = find(ask, house.catalog, house.taxonomy)
    now = at or session.now()
    usage = house.ledger.usage(session.person.name, now)
    told = explain(ask, found, _loaded(session, file), person=session.person, now=now, usage=usage)
    if form == "table":
        click.echo("\n".join(map(safe, _told(told))))
    else:
        show([_explanation_item(told, ask)], form, EXPLAIN_COLUMNS)


@policy.command(
    epilog=examples("datakeep policy diff old.yaml", "datakeep policy diff policies.yaml draft.yaml --format json")
)
@click.argument("old", type=FILE)
@click.argument("new", type=FILE, required=False)
@format_option
@pass_session
def diff(session: Session, old: Path, new: Path | None, form: str) -> None:
    """What changes from OLD to NEW [the policies in force]: rules, and past requests that would be decided otherwise."""
    from jit import past_of, replay, rule_changes  # noqa: PLC0415 - `--help` needs no parts

    house = session.house
    before, after = _loaded(session, old), _loaded(session, new)
    known = {entry.id: entry for entry in house.catalog.entries(all=True)} if session.settings.catalog.exists() else {}
    requests = house.broker.requests(session.now()) if known else []
    shifts = replay(before, after, [past_of(one, known, house.people) for one in requests])
    items: list[dict[str, Any]] = [
        {"kind": "rule", "name": one.rule, "change": one.change} for one in rule_changes(before, after)
    ]
    items += [
        {
            "kind": "request", "name": one.past.request, "who": one.past.person.name,
            "classes": list(one.past.ask.classes), "change": one.turn.value, "before": _said(one.before),
            "after": _said(one.after), "because": list(one.after.because),
        }
        for one in shifts
    ]  # fmt: skip
    show([{key: item.get(key) for key in DIFF_COLUMNS} for item in items], form, DIFF_COLUMNS)
    note(f"{_count(len(requests), 'past request')} replayed, {len(shifts)} decided otherwise")


@policy.command()
def schema() -> None:
    """Print the JSON Schema of policies.yaml; editors complete from it."""
    from jit import policy_schema  # noqa: PLC0415 - `--help` needs no parts

    click.echo(json.dumps(policy_schema(), indent=2))


def _loaded(session: Session, file: Path | None) -> "Policy":
    from jit import Policy  # noqa: PLC0415 - `--help` needs no parts

    return Policy.load(file or session.settings.policies, session.house.taxonomy)


def _told(told: "Explanation") -> Iterator[str]:
    decision = told.decision
    yield f"{decision.outcome.value}" + (f" for {_length(decision.seconds)}" if decision.seconds else "")
    for words in decision.because:
        yield f"  {words}"
    for account in told.classes:
        yield ""
        yield f"{account.data_class}: {_count(len(account.entries), 'field')}, {_verdict(account)}"
        for rule in account.rules:
            yield f"  {rule.rule} ({rule.effect})"
            yield from (f"    {'ok ' if one.passed else 'no '} {one.words}" for one in rule.checks)
            yield from (f"    {'ok ' if one.passed else 'no '} at once: {one.words}" for one in rule.at_once)
    if told.nearest is not None:
        yield ""
        yield f"would be {told.nearest.outcome.value}: {', and '.join(told.nearest.changes)}"


def _verdict(account: "ClassAccount") -> str:
    if account.allowed:
        return f"let by {', '.join(account.rests_on)}"
    return f"{len(account.missing)} not let by any rule" if account.missing else "denied"


def _explanation_item(told: "Explanation", ask: "Ask") -> dict[str, Any]:
    decision, better = told.decision, told.nearest
    return {
        "requester": ask.requester, "outcome": decision.outcome.value, "seconds": decision.seconds,
        "rows": decision.rows, "needs": [{"of": need.of, "n": need.n} for need in decision.needs],
        "rules": list(decision.rules), "because": list(decision.because), "faults": list(told.faults),
        "classes": [_class_item(account) for account in told.classes],
        "nearest": {
            "outcome": better.outcome.value, "changes": list(better.changes), "seconds": better.seconds,
            "entries": list(better.entries),
        } if better else None,
    }  # fmt: skip


def _class_item(account: "ClassAccount") -> dict[str, Any]:
    return {
        "class": account.data_class, "allowed": account.allowed, "entries": list(account.entries),
        "missing": list(account.missing), "rests_on": list(account.rests_on),
        "rules": [
            {
                "rule": rule.rule, "effect": rule.effect, "lets": rule.lets, "entries": list(rule.entries),
                "checks": [{"condition": one.condition, "passed": one.passed, "words": one.words} for one in rule.checks],
                "at_once": [{"condition": one.condition, "passed": one.passed, "words": one.words} for one in rule.at_once],
            }
            for rule in account.rules
        ],
    }  # fmt: skip


def _said(decision: "Decision") -> str:
    needs = ", ".join(f"{need.n} of {need.of}" for need in decision.needs)
    length = f" for {_length(decision.seconds)}" if decision.seconds else ""
    return f"{decision.outcome.value}{length}{f' ({needs})' if needs else ''}"


def _length(seconds: int) -> str:
    from jit import format_duration  # noqa: PLC0415 - `--help` needs no parts

    return format_duration(seconds)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
