from dataclasses import replace
from datetime import timedelta

import pytest

from catalog import Assignment, Catalog, Ownership, Rules, Word
from catalog.testing import day, record_run, seen, unit
from classifiers import Sensitivity
from scanners import Field, Unit

CARD, EMAIL, PHONE = "user.financial.credit_card", "user.contact.email", "user.contact.phone_number"
CUSTOMERS = unit(fields=("card", "email"))
CONTENT = {CUSTOMERS: {"card": (CARD,), "email": (EMAIL,)}}
CARD_ID, EMAIL_ID = "crm/public.customers#card", "crm/public.customers#email"
BO = Word("bo")
DUE = {Sensitivity.CRITICAL: timedelta(days=2), Sensitivity.MEDIUM: timedelta(days=30)}


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), CONTENT, owner="team-crm")


@pytest.fixture
def filled(catalog, template):
    return template(catalog)


def ruled(catalog, **rules):
    return Catalog(catalog.path, catalog.taxonomy, rules=Rules(**rules))


def items(catalog, **asked):
    return {item.ids[0]: item for item in catalog.queue(**asked)}


def test_who_can_read_it_makes_a_question_pressing(filled):
    assert [item.ids[0] for item in filled.queue()] == [CARD_ID, EMAIL_ID]
    found = filled.queue(readers={EMAIL_ID: 3, "crm/elsewhere#x": 9})

    assert [(item.ids[0], item.readers) for item in found] == [(EMAIL_ID, 3), (CARD_ID, 0)]
    assert found[0].risk == pytest.approx(items(filled)[EMAIL_ID].risk * 3)


def test_a_question_is_due_by_its_sensitivity_and_then_overdue(filled):
    found = items(ruled(filled, due=DUE))

    assert {name: item.due for name, item in found.items()} == {CARD_ID: day(3), EMAIL_ID: day(1) + timedelta(days=30)}
    assert [found[CARD_ID].overdue(moment) for moment in (day(2), day(3), day(4))] == [False, True, True]
    assert not items(filled)[CARD_ID].overdue(day(400))
    stats = ruled(filled, due=DUE).stats(now=day(4))
    assert (stats.overdue, stats.by_steward) == (1, {"nobody": 2})


def test_a_question_waits_since_it_came_back_and_not_since_the_field_is_known(filled, scan):
    filled.accept([EMAIL_ID], BO, now=day(2))
    scan(day(5), {CUSTOMERS: {"card": (CARD,), "email": (PHONE,)}})
    scan(day(9), {CUSTOMERS: {"card": (CARD, EMAIL), "email": (PHONE,)}})

    assert {name: item.since for name, item in items(filled).items()} == {CARD_ID: day(1), EMAIL_ID: day(5)}


def test_a_question_that_was_muted_waits_since_it_may_be_asked(filled):
    filled.mute([CARD_ID], BO, day(10), now=day(2))

    assert items(filled, now=day(11))[CARD_ID].since == day(10)


@pytest.mark.parametrize(
    ("stewards", "whose"),
    [
        ((), {None}),
        ((Assignment("sam", sources=("crm",)),), {"sam"}),
        ((Assignment("sam", owners=("team-crm",)), Assignment("kim")), {"sam", "kim"}),
        ((Assignment("sam", sources=("crm",), owners=("team-hr",)), Assignment("kim")), {"kim"}),
        ((Assignment("kim"), Assignment("sam", sources=("crm",))), {"kim"}),
    ],
)
def test_the_first_rule_that_fits_says_whose_question_it_is(filled, stewards, whose):
    filled.assign([CARD_ID], Ownership("ana"), BO, now=day(2))
    catalog = ruled(filled, stewards=stewards)

    assert {item.steward for item in catalog.queue()} == whose
    assert {item.steward for item in catalog.queue(steward="sam")} == whose & {"sam"}


def test_what_differs_in_whose_question_it_is_is_no_cluster(catalog, scan):
    scan(day(1), {unit("a", ("email",)): {"email": (EMAIL,)}, unit("b", ("email",)): {"email": (EMAIL,)}})
    catalog.assign(["crm/a#email"], Ownership("ana"), BO, now=day(2))

    assert [len(item.ids) for item in catalog.queue()] == [2]
    assert [len(item.ids) for item in ruled(catalog, stewards=(Assignment("sam", owners=("ana",)),)).queue()] == [1, 1]


def test_a_question_waits_for_as_long_under_another_name(catalog, scan):
    def named(*names):
        fields = tuple(Field("crm", "public.customers", name, uid=f"7.{number}") for number, name in enumerate(names))
        return Unit("crm", "public.customers", fields, 100)

    for number, name in ((1, "mail"), (4, "e_mail")):
        of = named("id", name)
        run_id = catalog.start_run(["crm"], now=day(number))
        found = [replace(seen(of, "id"), field=of.fields[0]), replace(seen(of, name, EMAIL), field=of.fields[1])]
        catalog.record(run_id, of, found, now=day(number))

    assert [(item.ids, item.since) for item in catalog.queue()] == [(("crm/public.customers#e_mail",), day(1))]


def test_questions_are_asked_for_by_what_is_held_or_proposed(filled, scan):
    filled.reject([EMAIL_ID], BO, now=day(2))
    scan(day(5), {CUSTOMERS: {"card": (CARD,), "email": (PHONE,)}})

    assert list(items(filled, classes=["user.contact"])) == [EMAIL_ID]
    assert list(items(filled, classes=["user.financial"])) == [CARD_ID]


def test_a_question_is_as_urgent_as_the_worst_that_may_be_so(filled):
    filled.reject([EMAIL_ID], BO, now=day(2))
    record_run(filled, day(3), {CUSTOMERS: {"card": (CARD,), "email": (CARD,)}}, owner="team-crm")

    item = items(ruled(filled, due=DUE), now=day(3))[EMAIL_ID]
    assert (item.data_class, item.sensitivity, item.due) == (None, Sensitivity.CRITICAL, day(5))
    assert [found.ids[0] for found in filled.queue()] == [EMAIL_ID, CARD_ID]
    assert ruled(filled, due=DUE).stats(now=day(6)).overdue_by_steward == {"nobody": 2}


def test_stats_of_a_day_are_those_that_the_day_had_and_leave_out_what_is_muted(filled):
    before = filled.stats(now=day(2))
    filled.mute([CARD_ID], BO, day(9), now=day(3))
    filled.accept([EMAIL_ID], BO, now=day(4))

    assert filled.stats(now=day(2), as_of=day(2)) == before
    assert (before.waiting, before.decided_by, before.accepted) == (2, {}, {})
    after = filled.stats(now=day(5))
    assert (after.waiting, after.decided_by, after.accepted) == (0, {"bo": 2}, {EMAIL: 1})
    assert filled.stats(now=day(9)).waiting == 1


def test_questions_of_nobody_can_be_asked_for(filled):
    rules = ruled(filled, stewards=(Assignment("sam", sources=("erp",)),))

    assert set(items(rules, steward="nobody")) == {CARD_ID, EMAIL_ID}
    assert items(rules, steward="sam") == {}


def test_the_first_questions_are_those_of_the_whole_queue_and_all_are_counted(filled, scan):
    whole = ruled(filled, due=DUE).queue(now=day(4))

    for limit in (1, 2, 3):
        first = ruled(filled, due=DUE).queue(now=day(4), limit=limit)
        assert list(first) == list(whole)[:limit]
        assert (first.decisions, first.entries, first.overdue) == (2, 2, 1)
    late = ruled(filled, due=DUE).queue(now=day(4), overdue=True)
    assert ([item.ids for item in late], late.decisions, late.entries) == ([(CARD_ID,)], 1, 1)


def test_a_decision_that_is_undone_leaves_its_question_as_old_as_it_was(filled):
    filled.accept([EMAIL_ID], BO, now=day(2))
    filled.undo([EMAIL_ID], BO, now=day(6))
    assert {name: item.since for name, item in items(filled).items()} == {CARD_ID: day(1), EMAIL_ID: day(1)}

    for number in (7, 8):  # however often
        filled.accept([EMAIL_ID], BO, now=day(number))
        filled.undo([EMAIL_ID], BO, now=day(number, 1))
    assert items(filled)[EMAIL_ID].since == day(1)


def test_questions_of_the_same_risk_keep_their_order(catalog, scan):
    fields = {f"{name}_{number}": (EMAIL,) for name in "ab" for number in range(20)}
    scan(day(1), {unit("t", tuple(fields)): fields})

    found = [item.ids[0] for item in catalog.queue()]
    assert len(found) == 40
    assert found == sorted(found)
    assert [item.ids[0] for item in catalog.queue(limit=7)] == found[:7]
