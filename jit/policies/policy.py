"""What the policy says of a request: `decide`, pure and the same for a dry run and the real one."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from catalog import Entry
from classifiers import DataClass, Taxonomy, read_document
from jit.interface import Ask, Decision, Outcome, Person, Usage
from jit.policies.conditions import Case
from jit.policies.durations import format_duration
from jit.policies.exposure import Exposure, exposure
from jit.policies.judgement import Judgement, contradiction, denials, judge, needs_of, seconds_lent
from jit.policies.masks import Mask
from jit.policies.refusal import allowed_words, denied_words, missing_words
from jit.policies.rulebook import Rulebook, ancestry
from jit.policies.rules import Approvers, BreakGlass, PolicyFile, Rule, earliest
from jit.policies.vocabulary import check_classes
from jit.proof.canonical import canonical

BREAK_GLASS = "break_glass"
FARTHEST = timedelta(days=30)
"""A start further away than this is not lent: who may do what then, nobody knows yet."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file in force. `Policy.load(path)` reads one; `version` names its content, whatever its layout.

    `rulebook` finds its rules by class and group; `path` is for messages only.
    """

    file: PolicyFile
    version: str
    rulebook: Rulebook = field(repr=False, compare=False)
    path: Path | None = field(default=None, compare=False)

    @classmethod
    def load(cls, path: Path, taxonomy: Taxonomy | None = None) -> "Policy":
        """The policy at `path`; its classes are those of `taxonomy`, else of the one we ship.

        Raises DocumentError for a file that is missing or breaks the schema, PolicyError for a class nobody knows.
        """
        file = read_document(path, PolicyFile)
        check_classes(file, taxonomy or Taxonomy.load(), path)
        return cls.of(file, path)

    @classmethod
    def of(cls, file: PolicyFile, path: Path | None = None) -> "Policy":
        """The policy that a file's content makes."""
        return cls(file, _version(file), Rulebook.of(file.rules, file.defaults), path)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules as the file has them."""
        return self.file.rules

    def mask_for(self, data_class: DataClass | None) -> Mask:
        """How a value of that class (None: of no class that is known) is masked: the nearest class above decides."""
        named = self.file.masks
        keys = ancestry(data_class) if data_class is not None else ()
        return next((named[key] for key in keys if key in named), named.get("default", Mask.REDACT))


def decide(  # noqa: PLR0913 - all that decides, and nothing else does
    ask: Ask, entries: Sequence[Entry], policy: Policy, *, person: Person, now: datetime, usage: Usage | None = None
) -> Decision:
    """What the policy says of `ask`, resolved to `entries`, by `person` at `now`.

    Every class of every entry needs a rule that allows it; a deny anywhere wins; what cannot be evaluated denies.
    `usage` is what the person was approved for automatically before; quotas count it. Raises nothing.
    """
    try:
        case, exposures = judged(ask, entries, policy, person=person, now=now, usage=usage)
        return _decide(case, exposures, policy)
    except Exception as fault:  # noqa: BLE001 - whatever goes wrong in here, the answer is no
        because = f"the policy could not be evaluated ({type(fault).__name__}), so nothing is lent"
        return Decision(Outcome.DENIED, because=(because,))


def approvers(policy: Policy, name: str, entries: Sequence[Entry], people: Mapping[str, Person]) -> set[str]:
    """The names of who may decide at the level called `name`, for these entries. The requester is the caller's to leave out.

    `{owner_of: entry}` means the owner of every one of the entries: an owner is a person's name or, where nobody has
    that name, a group, whose members all own it. A level `owners:team-crm` (one of several owners) means that owner.
    Nobody is eligible for what has no owner, and for approvers that the policy does not name any more.
    """
    base, _, owner = name.partition(":")
    who = policy.file.approvers.get(base)
    if who is None:
        return set()
    found = {person.name for person in people.values() if _decides(who, person)}
    if who.owner_of is not None:
        owners = {owner} if owner else {entry.owner for entry in entries}
        held = [_members(one, people) for one in owners]
        found |= set.intersection(*held) if held else set()
    return {one for one in found if who.not_groups.isdisjoint(people[one].groups)}


def judged(  # noqa: PLR0913 - as decide
    ask: Ask, entries: Sequence[Entry], policy: Policy, *, person: Person, now: datetime, usage: Usage | None = None
) -> tuple[Case, list[Exposure]]:
    """The request with all that decides it, and the fields as policies see them, each once and in one order."""
    if now.tzinfo is None or (ask.start is not None and ask.start.tzinfo is None):
        raise ValueError("a moment without a time zone is no moment")
    fields = sorted({entry.id: entry for entry in entries}.values(), key=lambda entry: entry.id)
    owned = frozenset(name for name, who in policy.file.approvers.items() if who.owner_of is not None)
    case = Case(ask, person, usage or Usage(), now, earliest(ask.start, now), len(fields), policy.file.defaults, owned)
    return case, [exposure(entry) for entry in fields]


def _decide(case: Case, exposures: Sequence[Exposure], policy: Policy) -> Decision:
    faults = list(request_faults(case, exposures))
    if case.ask.break_glass:
        return _broken_glass(case, exposures, policy, faults)
    judgement = judge(case, exposures, policy.rulebook)
    rules = judgement.rules
    seconds = seconds_lent(case, rules)
    denied = list(denials(case, exposures, policy.rulebook, seconds))
    if denied:
        return Decision(Outcome.DENIED, rules=_ids(rule for rule, _ in denied), because=denied_words(denied))
    clash = contradiction(case, rules, seconds) if not judgement.missing else None
    because = (*faults, *missing_words(case, judgement, policy.rulebook), *([clash] if clash else []))
    if because:
        return Decision(Outcome.DENIED, rules=_ids(rules) if clash else (), because=because)
    return _lent(case, judgement, seconds)


def _lent(case: Case, judgement: Judgement, seconds: int) -> Decision:
    needs = needs_of(case, judgement.manual)
    caps = [rule.what.rows for rule in judgement.rules if rule.what.rows is not None]
    return Decision(
        Outcome.PENDING if needs else Outcome.APPROVED,
        seconds=seconds,
        needs=needs,
        rules=_ids(judgement.rules),
        because=allowed_words(case, judgement),
        rows=min(caps, default=None),
        pending_for=case.defaults.pending_for,
    )


def request_faults(case: Case, exposures: Sequence[Exposure]) -> Iterator[str]:
    """What is wrong with the request as a whole, whatever it asks for."""
    ask = case.ask
    if ask.requester != case.person.name:
        yield f"{case.person.name} asks in the name of {ask.requester}"
    if not exposures:
        yield "there is nothing in the catalog that this asks for"
    held = [data_class for one in exposures for data_class in one.classes]
    for wanted in sorted(set(ask.classes)):
        if exposures and not any(wanted.covers(one) for one in held):
            yield f"nothing that is asked for holds {wanted}"
    least = case.defaults.reason.min_chars
    if len(ask.reason.strip()) < least:
        yield f"a reason has at least {least} characters, this one {len(ask.reason.strip())}"
    if case.start - case.now > FARTHEST:
        yield f"it starts more than {format_duration(FARTHEST)} from now"


def _broken_glass(case: Case, exposures: Sequence[Exposure], policy: Policy, faults: list[str]) -> Decision:
    """An emergency: no allow and no approval is needed, but a deny denies, and who is told is on the record."""
    glass = policy.file.break_glass
    if glass is None:
        return Decision(Outcome.DENIED, because=("the policy has no break_glass",))
    seconds = glass.max if case.ask.seconds is None else case.ask.seconds
    denied = list(denials(case, exposures, policy.rulebook, seconds))
    if denied:
        return Decision(Outcome.DENIED, rules=_ids(rule for rule, _ in denied), because=denied_words(denied))
    faults = [*faults, *_glass_faults(case, glass, seconds)]
    if faults:
        return Decision(Outcome.DENIED, because=tuple(faults))
    words = f"glass broken: {', '.join(glass.notify)} are told, and it is reviewed within {format_duration(glass.review_within)}"
    return Decision(
        Outcome.APPROVED, seconds, rules=(BREAK_GLASS,), because=(words,), pending_for=case.defaults.pending_for,
        break_glass=True, notify=glass.notify, review_within=glass.review_within,
    )  # fmt: skip


def _glass_faults(case: Case, glass: BreakGlass, seconds: int) -> Iterator[str]:
    if glass.groups.isdisjoint(case.person.groups):
        yield f"break_glass is for {' or '.join(sorted(glass.groups))}, and {case.person.name} is in none of them"
    if not 0 < seconds <= glass.max:
        yield f"{format_duration(seconds)} is over the {format_duration(glass.max)} that break_glass lends at most"
    if case.start > case.now:
        yield "break_glass is for now: it has no later start"
    if not case.ask.reason.strip():
        yield "break_glass needs a reason"
    if case.usage.unreviewed:
        yield f"nobody has reviewed {', '.join(case.usage.unreviewed)} yet, for which {case.person.name} broke the glass"


def _decides(who: Approvers, person: Person) -> bool:
    return (
        not who.groups.isdisjoint(person.groups) or person.name in who.people or not who.roles.isdisjoint(person.roles)
    )


def _members(owner: str | None, people: Mapping[str, Person]) -> set[str]:
    if owner is None:
        return set()
    return {owner} if owner in people else {person.name for person in people.values() if owner in person.groups}


def _ids(rules: "Iterator[Rule] | Sequence[Rule]") -> tuple[str, ...]:
    return tuple(sorted({rule.id for rule in rules}))


def _version(file: PolicyFile) -> str:
    """`sha256:` and sixteen digits of what the file says. Its tests, its layout and the order of rules do not matter."""
    content = file.model_dump(mode="json", exclude={"tests"}, exclude_defaults=True)
    content["rules"] = sorted(content.get("rules", ()), key=lambda rule: str(rule["id"]))
    return f"sha256:{hashlib.sha256(canonical(_settled(content))).hexdigest()[:16]}"


def _settled(value: Any) -> Any:
    """Sets come in any order: lists of words are sorted. Levels of approval keep theirs, they are no words."""
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(item, str) for item in value) else [_settled(item) for item in value]
    return value
