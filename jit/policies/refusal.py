"""Decisions in plain words: what lets a request through, what stands in its way. Names what was asked for, no value."""

from collections.abc import Iterable, Iterator, Sequence

from classifiers import DataClass
from jit.policies.conditions import Case, Check, of_auto, of_field, of_request
from jit.policies.durations import format_duration
from jit.policies.exposure import Exposure
from jit.policies.judgement import Choice, Judgement, orphaned
from jit.policies.rulebook import Rulebook
from jit.policies.rules import UNCLASSIFIED, UNEXAMINED, Rule

NEAR = 3
"""So many rules that almost allowed are named for a class."""
LOOKED_AT = 20
"""So many rules are looked at for these."""
SHOWN = 3
"""So many fields are named in one sentence."""


def denied_words(denied: Sequence[tuple[Rule, Exposure]]) -> tuple[str, ...]:
    """One sentence for every deny that speaks of the request."""
    rules = {rule.id: rule for rule, _ in denied}
    return tuple(
        f"{name} denies {_listed(one.entry.id for rule, one in denied if rule.id == name)}"
        + (f": {rules[name].because}" if rules[name].because else "")
        for name in sorted(rules)
    )


def missing_words(case: Case, judgement: Judgement, rulebook: Rulebook) -> tuple[str, ...]:
    """One sentence for every class that no rule allows, with what the nearest rules ask for."""
    places: dict[DataClass, list[Exposure]] = {}
    for data_class, one in judgement.missing:
        places.setdefault(data_class, []).append(one)
    return tuple(_missing(case, data_class, places[data_class], rulebook) for data_class in sorted(places))


def allowed_words(case: Case, judgement: Judgement) -> tuple[str, ...]:
    """One sentence for every rule that the decision rests on: what it lets, and why people are asked where they are."""
    by_rule: dict[str, list[Choice]] = {}
    for choice in judgement.choices:
        by_rule.setdefault(choice.rule.id, []).append(choice)
    return tuple(_allowed(case, by_rule[name]) for name in sorted(by_rule))


def checks(rule: Rule, data_class: DataClass, one: Exposure, case: Case) -> tuple[Check, ...]:
    """Every condition of `rule` on one class of one field; those of an approval at once are apart."""
    found = [*of_request(rule, case), *of_field(rule, data_class, one, case)]
    if rule.approvals and orphaned(rule, one, case):
        found.append(Check("approvals", passed=False, say=lambda: f"{one.entry.id} has no owner who could approve"))
    if not rule.approvals:
        found += of_auto(rule, one, case)
    return tuple(found)


def _missing(case: Case, data_class: DataClass, places: Sequence[Exposure], rulebook: Rulebook) -> str:
    near = sorted(_failures(case, data_class, places[0], rulebook), key=lambda found: (len(found[1]), found[0]))
    what = {UNCLASSIFIED: "fields without a class", UNEXAMINED: "fields that nobody examined"}.get(
        data_class, data_class
    )
    said = f"no rule lets {case.person.name} read {what} in {_listed(one.entry.id for one in places)}"
    return said + "".join(f"; {name}: {', '.join(check.words for check in failed)}" for name, failed in near[:NEAR])


def _failures(
    case: Case, data_class: DataClass, one: Exposure, rulebook: Rulebook
) -> Iterator[tuple[str, list[Check]]]:
    """Rules of the class with what fails of them: those of its source, else the person's own, else those of others."""
    groups = case.person.groups
    rules = (
        rulebook.allowing(data_class, groups, one.source)
        or rulebook.own(data_class, groups)
        or rulebook.others(data_class, groups, NEAR)
    )
    for name in sorted(rules)[:LOOKED_AT]:
        yield name, [check for check in checks(rules[name], data_class, one, case) if not check.passed]


def _allowed(case: Case, choices: Sequence[Choice]) -> str:
    rule = choices[0].rule
    classes = _listed(sorted({choice.data_class for choice in choices}))
    said = f"{rule.id} lets {case.person.name} read {classes}"
    manual = [choice for choice in choices if not choice.auto]
    if not manual:
        return f"{said} at once"
    levels = ", then ".join(f"{level.n} of {level.of}" for level in rule.approvals)
    failed = [check.words for choice in manual for check in of_auto(rule, choice.exposure, case) if not check.passed]
    why = "" if rule.auto is None else f" ({_listed(dict.fromkeys(failed))})"
    return f"{said} once {levels} approve{why}"


def _listed(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def lent_words(seconds: int, rows: int | None) -> str:
    """How much is lent."""
    return format_duration(seconds) + (f", at most {rows} rows a read" if rows is not None else "")
