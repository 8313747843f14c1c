"""Laws that hold for any policy and any request. Their numbers are those of the design's list of invariants."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from catalog import Status
from classifiers import DataClass, Sensitivity
from jit import Ask, Outcome, Person, Policy, Usage, decide, explain
from jit.policies.conditions import lengths
from jit.policies.diff import RANK
from jit.policies.rules import PolicyFile
from jit.testing import field
from scanners import Extent

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GROUPS = ("support", "fraud", "external")
CLASSES = ("user.contact", "user.contact.email", "user.contact.phone_number", "user.government_id", "user.name")
HELD = CLASSES[1:]
SCOPES = ("crm/*", "lake", "crm/a", "*#x1", "*")
LEVELS = tuple(level.word for level in Sensitivity)
HOURS = st.integers(1, 12).map(lambda hours: hours * 3600)

some_groups = st.lists(st.sampled_from(GROUPS), max_size=2, unique=True)
whos = st.fixed_dictionaries({}, optional={"groups": some_groups, "not_groups": st.just(["external"])})
whats = st.fixed_dictionaries(
    {},
    optional={
        "classes": st.lists(
            st.sampled_from((*CLASSES, "unclassified", "unexamined")), min_size=1, max_size=3, unique=True
        ),
        "sensitivity": st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3, unique=True),
        "scope": st.lists(st.sampled_from(SCOPES), min_size=1, max_size=2, unique=True),
    },
)
whens = st.fixed_dictionaries(
    {"zone": st.sampled_from(["UTC", "Asia/Tokyo"])},
    optional={
        "days": st.sampled_from(["mon-fri", "wed", "sat,sun"]),
        "hours": st.sampled_from(["08:00-18:00", "20:00-04:00"]),
    },
)
purposes = st.fixed_dictionaries({}, optional={"one_of": st.just(["care"]), "ticket": st.just("^SUP-[0-9]+$")})
lends = st.tuples(HOURS, HOURS).map(lambda pair: {"min": f"{min(pair) // 7200 or 1}m", "max": f"{max(pair)}s"})
autos = st.fixed_dictionaries(
    {},
    optional={
        "sensitivity_at_most": st.sampled_from(LEVELS),
        "fields_at_most": st.integers(1, 4),
        "per_person": st.sampled_from(["1/7d", "3/1d"]),
        "unreviewed": st.booleans(),
    },
)
approvals = st.lists(
    st.integers(1, 3), min_size=3, max_size=3
).flatmap(lambda counts: st.permutations(["owners", "privacy", "legal"]).map(
    lambda names: [{"of": of, "n": n} for of, n in zip(names[: counts[0]], counts, strict=False)]
))  # fmt: skip
consents = st.one_of(
    st.fixed_dictionaries({"auto": autos}),
    st.fixed_dictionaries({"approvals": approvals}),
    st.fixed_dictionaries({"auto": autos, "approvals": approvals}),
)
plain = st.fixed_dictionaries({"who": whos, "what": whats}, optional={"when": whens})
allows = st.builds(
    lambda body, consent, more: {"effect": "allow", **body, **consent, **more},
    plain, consents, st.fixed_dictionaries({}, optional={"purpose": purposes, "duration": lends}),
)  # fmt: skip
denies = plain.map(lambda body: {"effect": "deny", **body})


def made(rules):
    parts = {"owners": {"owner_of": "entry"}, "privacy": {"groups": ["privacy"]}, "legal": {"groups": ["legal"]}}
    named = [{"id": f"r{number}", **rule} for number, rule in enumerate(rules)]
    return Policy.of(PolicyFile.model_validate({"version": 1, "approvers": parts, "rules": named}))


@st.composite
def fields(draw, number=0):
    classes = draw(st.lists(st.sampled_from(HELD), max_size=2, unique=True))
    place = draw(st.sampled_from(["crm/a", "crm/b", "lake/c"]))
    status = draw(
        st.sampled_from(
            [Status.CONFIRMED, Status.CONFIRMED, Status.PROPOSED] if classes else [Status.NONE, Status.REJECTED]
        )
    )
    found = field(
        f"{place}#x{number}", *classes, status=status, owner=draw(st.sampled_from(["team-a", "team-a", "team-b"]))
    )
    coverage = Extent.EXAMINED if classes else draw(st.sampled_from([Extent.EXAMINED, Extent.NOT_EXAMINED]))
    return replace(found, coverage=coverage)


requested = st.integers(1, 5).flatmap(lambda count: st.tuples(*(fields(number) for number in range(count))))
wide = st.sampled_from(
    [
        {"effect": "allow", "auto": {"unreviewed": True}},
        {"effect": "allow", "auto": {"fields_at_most": 2, "unreviewed": True}, "approvals": [{"of": "owners"}]},
        {"effect": "allow", "approvals": [{"of": "privacy", "n": 2}]},
        {"effect": "allow", "what": {"classes": ["user", "unclassified"]}, "auto": {}, "approvals": [{"of": "legal"}]},
    ]
)
allow_lists = st.builds(
    lambda base, more: [*base, *more], st.lists(wide, max_size=2), st.lists(allows, min_size=1, max_size=5)
)
policies = st.builds(
    lambda first, second: made([*first, *second]), allow_lists, st.one_of(st.just([]), st.lists(denies, max_size=1))
)
asks = st.builds(
    Ask, requester=st.just("ana"), purpose=st.sampled_from(["care", "care", None]), reason=st.just("because"),
    ticket=st.sampled_from(["SUP-1", "SUP-1", None]), seconds=st.one_of(HOURS, st.just(3600)),
)  # fmt: skip
persons = st.frozensets(st.sampled_from(GROUPS)).map(lambda groups: Person("ana", groups))
usages = st.lists(st.integers(0, 200), max_size=4).map(
    lambda hours: Usage(tuple(NOW - timedelta(hours=hour) for hour in hours))
)
cases = st.tuples(asks, requested, persons, usages)


def said(policy, case):
    ask, entries, person, usage = case
    decision = decide(ask, entries, policy, person=person, now=NOW, usage=usage)
    event(decision.outcome.value)
    return decision


def who_speaks(rule, person):
    return (not rule.who.groups or rule.who.groups & person.groups) and not rule.who.not_groups & person.groups


@given(policies, cases)
def test_i22_a_deny_that_speaks_of_anything_asked_for_overrides_every_allow(policy, case):
    deny = {"effect": "deny", "who": {}, "what": {"classes": ["user.contact"]}}
    more = Policy.of(policy.file.model_copy(update={"rules": (*policy.rules, *made([deny]).rules)}))
    spoken = [entry for entry in case[1] if entry.coverage is Extent.NOT_EXAMINED or any(
        DataClass("user.contact").covers(one) for one in entry.classes)]  # fmt: skip

    assert said(more, case).outcome is (Outcome.DENIED if spoken else said(policy, case).outcome)


@given(policies, denies, cases)
def test_i22_one_more_deny_never_loosens(policy, deny, case):
    more = Policy.of(policy.file.model_copy(update={"rules": (*policy.rules, *made([deny]).rules)}))

    assert RANK[said(more, case).outcome] <= RANK[said(policy, case).outcome]


@given(allow_lists, cases)
def test_i23_a_condition_that_cannot_be_evaluated_denies_whatever_else_allows(rules, case):
    broken = {"effect": "allow", "auto": {"unreviewed": True}, "purpose": {"ticket": "^[A-Z]+-[0-9]+$"}}
    ask, *rest = case

    assert said(made([*rules, broken]), (replace(ask, ticket="\ud800"), *rest)).outcome is Outcome.DENIED


@given(policies, cases, st.data())
def test_i24_asking_for_more_never_loosens(policy, case, data):
    ask, entries, person, usage = case
    fewer = data.draw(st.lists(st.sampled_from(entries), min_size=1, unique=True))
    less, more = said(policy, (ask, fewer, person, usage)), said(policy, case)

    assert RANK[more.outcome] <= RANK[less.outcome]
    if more.outcome is not Outcome.DENIED:
        most = {}
        for need in more.needs:
            name = need.of.partition(":")[0]
            most[name] = max(most.get(name, 0), need.n)
        assert all(most.get(need.of.partition(":")[0], 0) >= need.n for need in less.needs)


@given(policies, cases)
def test_i25_what_is_approved_at_once_could_have_been_approved_by_people(policy, case):
    if said(policy, case).outcome is not Outcome.APPROVED:
        return
    somebody = made([{"effect": "allow", "approvals": [{"of": "privacy"}]}]).rules[0].approvals
    manual = tuple(
        rule.model_copy(update={"auto": None, "approvals": rule.approvals or somebody})
        if rule.effect == "allow"
        else rule
        for rule in policy.rules
    )

    assert said(Policy.of(policy.file.model_copy(update={"rules": manual})), case).outcome is Outcome.PENDING


@given(policies, cases, st.randoms(use_true_random=False))
def test_i26_no_order_matters(policy, case, chance):
    ask, entries, person, usage = case
    rules, shuffled, times = list(policy.rules), [*entries, entries[0]], list(usage.automatic)
    for some in (rules, shuffled, times):
        chance.shuffle(some)
    other = Policy.of(policy.file.model_copy(update={"rules": tuple(rules)}))

    assert said(other, (ask, shuffled, person, Usage(tuple(times)))) == said(policy, case)
    assert other.version == policy.version


@given(policies, cases, st.booleans())
def test_i27_an_explanation_agrees_with_the_decision(policy, case, usual):
    ask, entries, person, usage = case
    ask = replace(ask, seconds=None) if usual else ask
    told = explain(ask, entries, policy, person=person, now=NOW, usage=usage)
    decision = decide(ask, entries, policy, person=person, now=NOW, usage=usage)

    assert told.decision == decision
    stopped = bool(told.faults) or not all(account.allowed for account in told.classes)
    if decision.outcome is Outcome.DENIED:
        assert stopped or "ask for them apart" in decision.because[-1]
    else:
        assert not stopped
    for account in told.classes:
        assert bool(account.rests_on) or bool(account.missing)
        for rule in account.rules:
            assert rule.lets is all(check.passed for check in rule.checks)


@given(policies, cases)
def test_i27_the_nearest_request_fares_better(policy, case):
    ask, entries, person, usage = case
    told = explain(ask, entries, policy, person=person, now=NOW, usage=usage)
    if told.nearest is None:
        return
    event(f"{len(told.nearest.changes)} changes")

    assert RANK[told.nearest.outcome] > RANK[told.decision.outcome]
    assert len(set(told.nearest.changes)) == len(told.nearest.changes) > 0
    assert set(told.nearest.entries) <= {entry.id for entry in entries}


@given(allow_lists, allows, cases)
def test_one_more_allow_never_tightens(rules, allow, case):
    assert RANK[said(made([*rules, allow]), case).outcome] >= RANK[said(made(rules), case).outcome]


@given(policies, cases)
def test_nothing_is_lent_without_a_rule_for_every_class(policy, case):
    ask, entries, person, _ = case
    decision = said(policy, case)
    if decision.outcome is Outcome.DENIED:
        return

    rules = [rule for rule in policy.rules if rule.id in decision.rules]
    for entry in entries:
        for held in entry.classes:
            assert any(
                who_speaks(rule, person)
                and (not rule.what.classes or any(one.covers(held) for one in rule.what.classes))
                for rule in rules
            )
    assert decision.seconds == ask.seconds


@given(policies, cases, st.booleans())
def test_no_grant_is_longer_than_any_rule_it_rests_on_lends(policy, case, usual):
    ask, *rest = case
    decision = said(policy, (replace(ask, seconds=None) if usual else ask, *rest))

    for rule in policy.rules:
        if rule.id in decision.rules and decision.outcome is not Outcome.DENIED:
            least, _, most = lengths(rule.duration, policy.file.defaults.duration)
            assert least <= decision.seconds <= most


@given(asked=st.one_of(HOURS, st.none()), a=HOURS, b=HOURS)
def test_no_grant_outlives_its_strictest_class(asked, a, b):
    rules = [
        {"effect": "allow", "what": {"classes": [name]}, "duration": {"max": f"{most}s"}, "auto": {}}
        for name, most in (("user.contact.email", a), ("user.name", b))
    ]
    entries = [field("crm/t#a", "user.contact.email"), field("crm/t#b", "user.name")]
    ask = Ask("ana", reason="because", seconds=asked)

    decision = decide(ask, entries, made(rules), person=Person("ana"), now=NOW)

    assert decision.seconds <= min(a, b)
    assert (decision.outcome is Outcome.DENIED) is (asked is not None and asked > min(a, b))


@pytest.mark.parametrize("groups", [(), ("support",), GROUPS])
def test_a_policy_without_rules_lends_nothing(groups):
    decision = decide(
        Ask("ana", seconds=600),
        [field("crm/t#a", "user.name")],
        made([]),
        person=Person("ana", frozenset(groups)),
        now=NOW,
    )

    assert decision.outcome is Outcome.DENIED
