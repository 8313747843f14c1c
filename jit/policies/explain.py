"""Why a request is decided as it is: for each class the rules that speak of it, condition by condition. Pure.

It holds the same conditions against the same fields as `decide`, and carries that decision.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog import Entry
from classifiers import DataClass
from jit.interface import Ask, Decision, Outcome, Person, Usage
from jit.policies.conditions import Case, Check, of_auto
from jit.policies.exposure import Exposure
from jit.policies.judgement import Judgement, denials, judge, seconds_lent
from jit.policies.nearest import Nearest, nearest
from jit.policies.policy import Policy, decide, judged, request_faults
from jit.policies.refusal import checks
from jit.policies.rules import Rule

OTHERS = 5
"""So many rules for other people are named where there is none for the person: whom to ask, not all there are."""


@dataclass(frozen=True, slots=True)
class RuleAccount:
    """One rule that speaks of a class. `checks` are the conditions for its allow, `at_once` those for doing it alone.

    `lets` says that it lets every field of the class that it could; a deny that speaks has `lets` False.
    """

    rule: str
    effect: str
    lets: bool
    checks: tuple[Check, ...]
    at_once: tuple[Check, ...] = ()
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassAccount:
    """One class asked for: the entries that hold it, those nobody lets, the rules it rests on, and every rule's account."""

    data_class: DataClass
    entries: tuple[str, ...]
    missing: tuple[str, ...]
    rests_on: tuple[str, ...]
    rules: tuple[RuleAccount, ...]

    @property
    def allowed(self) -> bool:
        """Whether every entry that holds the class is let, and none denied."""
        return not self.missing and all(one.lets for one in self.rules if one.effect == "deny")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, the faults of the request as a whole, each class's account, and the nearest request that fares better.

    `nearest` is None where the request is approved at once, and where no small change would help.
    """

    decision: Decision
    faults: tuple[str, ...]
    classes: tuple[ClassAccount, ...]
    nearest: Nearest | None


def explain(  # noqa: PLR0913 - as decide
    ask: Ask, entries: Sequence[Entry], policy: Policy, *, person: Person, now: datetime, usage: Usage | None = None
) -> Explanation:
    """Why `decide` says what it says of the same request. Raises nothing that `decide` does not turn into a no."""
    decision = decide(ask, entries, policy, person=person, now=now, usage=usage)
    try:
        case, exposures = judged(ask, entries, policy, person=person, now=now, usage=usage)
        accounts = tuple(_accounts(case, exposures, policy))
        faults = tuple(request_faults(case, exposures))
        better = (
            None
            if decision.outcome is Outcome.APPROVED
            else nearest(case, [one.entry for one in exposures], policy, decision)
        )
    except Exception:  # noqa: BLE001 - what decide could not evaluate cannot be explained either: it stays a no
        return Explanation(decision, decision.because, (), None)
    return Explanation(decision, faults, accounts, better)


def _accounts(case: Case, exposures: Sequence[Exposure], policy: Policy) -> Iterable[ClassAccount]:
    judgement = judge(case, exposures, policy.rulebook)
    denied = list(denials(case, exposures, policy.rulebook, seconds_lent(case, judgement.rules)))
    for data_class in sorted({data_class for one in exposures for data_class in one.classes}):
        yield _account(case, data_class, exposures, judgement, denied, policy)


def _account(  # noqa: PLR0913, PLR0917 - what one class is judged by
    case: Case, data_class: DataClass, exposures: Sequence[Exposure], judgement: Judgement,
    denied: Sequence[tuple[Rule, Exposure]], policy: Policy,
) -> ClassAccount:  # fmt: skip
    held = [one for one in exposures if data_class in one.classes]
    missing = tuple(one.entry.id for wanted, one in judgement.missing if wanted == data_class)
    chosen = {choice.rule.id for choice in judgement.choices if choice.data_class == data_class}
    ids = {one.entry.id for one in held}
    denies = {rule.id: rule for rule, one in denied if one.entry.id in ids}
    accounts = [
        _deny(denies[name], [one for rule, one in denied if rule.id == name and one in held]) for name in sorted(denies)
    ]
    allows = policy.rulebook.own(data_class, case.person.groups)
    if not allows:
        others = policy.rulebook.others(data_class, case.person.groups, OTHERS)
        allows = {name: others[name] for name in sorted(others)[:OTHERS]}
    accounts += [_allow(case, allows[name], data_class, held) for name in sorted(allows)]
    return ClassAccount(data_class, tuple(sorted(ids)), missing, tuple(sorted(chosen)), tuple(accounts))


def _deny(rule: Rule, places: Sequence[Exposure]) -> RuleAccount:
    words = f"denies{': ' + rule.because if rule.because else ''}"
    entries = tuple(one.entry.id for one in places)
    return RuleAccount(
        rule.id, "deny", lets=False, checks=(Check("deny", passed=False, say=lambda: words),), entries=entries
    )


def _allow(case: Case, rule: Rule, data_class: DataClass, held: Sequence[Exposure]) -> RuleAccount:
    """What `rule` says of the fields in its scope, or of all where none is: the first failing one speaks for them."""
    places = [one for one in held if one.entry.id in rule.what.within] or list(held)
    said = [(one, checks(rule, data_class, one, case)) for one in places]
    failing = next((found for _, found in said if not all(check.passed for check in found)), None)
    at_once = [tuple(of_auto(rule, one, case)) for one in places] if rule.auto and rule.approvals else []
    slow = next((found for found in at_once if not all(check.passed for check in found)), None)
    entries = tuple(one.entry.id for one, found in said if all(check.passed for check in found))
    return RuleAccount(rule.id, "allow", lets=failing is None, checks=failing or said[0][1],
                       at_once=slow or (at_once[0] if at_once else ()), entries=entries)  # fmt: skip
