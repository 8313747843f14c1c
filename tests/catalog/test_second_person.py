from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import Authority, AutoAccept, Catalog, CatalogError, Rules, Status, Word
from catalog.belief import Belief, decided, looked
from catalog.testing import START, day, seen, unit
from classifiers import DataClass, Label, Sensitivity, Taxonomy

CARD, EMAIL, PHONE = "user.financial.credit_card", "user.contact.email", "user.contact.phone_number"
CUSTOMERS = unit(fields=("card", "email"))
CONTENT = {CUSTOMERS: {"card": (CARD,), "email": (EMAIL,)}}
CARD_ID, EMAIL_ID = "crm/public.customers#card", "crm/public.customers#email"
BO, CY = Word("bo"), Word("cy")


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), CONTENT)


@pytest.fixture
def filled(catalog, template):
    return template(catalog)


def test_one_person_may_reject_what_nobody_confirmed(filled):
    assert filled.reject([EMAIL_ID], BO, now=day(2))[0].status is Status.REJECTED


def test_one_person_may_raise_anything(filled):
    filled.accept([EMAIL_ID], BO, now=day(2))
    assert filled.reclassify([EMAIL_ID], [CARD], BO, now=day(3))[0].classes == (CARD,)


@pytest.mark.parametrize(("entry_id", "classes"), [(CARD_ID, ()), (CARD_ID, (EMAIL,)), (EMAIL_ID, ())])
def test_lowering_what_is_confirmed_waits_for_somebody_else(filled, entry_id, classes):
    (before,) = filled.accept([entry_id], CY, now=day(2))
    if classes:
        (asked,) = filled.reclassify([entry_id], classes, BO, now=day(3))
    else:
        (asked,) = filled.reject([entry_id], BO, now=day(3))
    assert (asked.classes, asked.status, asked.asked_by) == (before.classes, Status.CONFIRMED, "bo")
    with pytest.raises(CatalogError, match="bo cannot second an own decision"):
        filled.second([entry_id], BO, now=day(4))

    (agreed,) = filled.second([entry_id], CY, now=day(5))
    assert (agreed.classes, agreed.asked_by) == (classes, None)
    assert (agreed.decided_by, agreed.decided_at) == ("bo", day(3))


def test_lowering_the_most_sensitive_proposal_waits_for_somebody_else(filled):
    assert filled.reject([CARD_ID], BO, now=day(2))[0].asked_by == "bo"
    assert filled.entry(CARD_ID).classes == (CARD,)


def test_a_later_decision_makes_a_waiting_one_void(filled):
    filled.reject([CARD_ID], BO, now=day(2))
    (kept,) = filled.accept([CARD_ID], CY, now=day(3))

    assert (kept.status, kept.asked_by) == (Status.CONFIRMED, None)
    with pytest.raises(CatalogError, match="nothing waits for a second person"):
        filled.second([CARD_ID], Word("di"), now=day(4))


def test_a_waiting_decision_can_be_taken_back(filled):
    filled.reject([CARD_ID], BO, now=day(2))
    (after,) = filled.undo([CARD_ID], BO, now=day(3))

    assert (after.asked_by, after.status) == (None, Status.PROPOSED)


def test_an_undo_that_would_lower_waits_too(filled):
    filled.reclassify([EMAIL_ID], [CARD], BO, now=day(2))
    (asked,) = filled.undo([EMAIL_ID], BO, now=day(3))

    assert (asked.classes, asked.asked_by) == ((CARD,), "bo")
    assert filled.second([EMAIL_ID], CY, now=day(4))[0].classes == (EMAIL,)


def test_a_catalog_can_be_told_that_one_person_is_enough(filled, taxonomy):
    alone = type(filled)(filled.path, taxonomy, rules=Rules(second_person=None))
    assert alone.reject([CARD_ID], BO, now=day(2))[0].status is Status.REJECTED


some = st.sampled_from([(CARD,), (EMAIL,), (PHONE,), ("user",), (EMAIL, CARD), (PHONE, "user")])
TAXONOMY = Taxonomy.load()


@given(some, some | st.just(()))
def test_nobody_alone_believes_less_than_what_a_person_confirmed(confirmed, wanted):
    held = tuple(Label(DataClass(key), "", 1.0) for key in confirmed)
    belief = looked(Belief("crm", "t", "f", "text", START), seen(CUSTOMERS, "card", *confirmed))
    belief = decided(belief, [], TAXONOMY)
    confirmed_belief = type(belief)(
        **{name: getattr(belief, name) for name in belief.__slots__} | {"labels": held, "status": Status.CONFIRMED}
    )
    labels = tuple(Label(DataClass(key), "", 1.0) for key in wanted)
    lower = max((TAXONOMY.get(key).sensitivity for key in wanted), default=0) < max(
        TAXONOMY.get(key).sensitivity for key in confirmed
    )

    assert Rules().ask_second(confirmed_belief, labels, TAXONOMY) is lower


def test_a_rejection_that_ran_out_leaves_the_machines_proposal(filled):
    filled.reject([EMAIL_ID], Word("bo", valid_until=day(5)), now=day(2))
    assert filled.expire(now=day(4)) == 0
    assert filled.entry(EMAIL_ID).status is Status.REJECTED
    assert filled.expire(now=day(5)) == 1

    assert (filled.entry(EMAIL_ID).status, filled.entry(EMAIL_ID).classes) == (Status.PROPOSED, (EMAIL,))
    assert filled.expire(now=day(6)) == 0


def test_a_class_that_ran_out_stays_beside_what_the_machine_says(filled, scan):
    filled.reclassify([EMAIL_ID], [CARD], Word("bo", valid_until=day(5)), now=day(2))
    scan(day(6), {CUSTOMERS: {"card": (CARD,), "email": (PHONE,)}})

    entry = filled.entry(EMAIL_ID)
    assert (entry.status, entry.classes, entry.decided_by) == (Status.PROPOSED, (CARD, PHONE), None)


def test_the_earliest_term_of_its_classes_ends_a_decision(filled, taxonomy):
    rules = Rules(terms={DataClass("user.contact"): timedelta(days=3), DataClass("user"): timedelta(days=30)})
    filled.rules = rules
    filled.accept([EMAIL_ID], BO, now=day(2))

    assert filled.explain(EMAIL_ID).judgements[0].valid_until == day(5)


def test_a_muted_entry_is_asked_about_when_the_time_is_over_or_something_new_is_found(filled, scan):
    filled.mute(["crm/*"], BO, day(10), now=day(2))
    asked = lambda now: {name for item in filled.queue(now=now) for name in item.ids}  # noqa: E731

    assert asked(day(3)) == set()
    assert asked(day(10)) == {CARD_ID, EMAIL_ID}
    scan(day(4), {CUSTOMERS: {"card": (CARD,), "email": (EMAIL, PHONE)}})
    assert asked(day(4)) == {EMAIL_ID}


def test_a_rule_accepts_only_what_is_plain_sure_and_harmless_enough(filled, scan):
    scan(
        day(2),
        {
            CUSTOMERS: {"card": (CARD,), "email": (EMAIL,)},
            unit("public.leads", ("both", "one")): {"both": (EMAIL, PHONE), "one": (PHONE,)},
        },
    )
    ruled = by_rule(filled)
    assert {rule.name: len(found) for rule, found in ruled.auto_accept(now=day(3), dry=True).items()} == {"plain": 2}
    assert filled.entry(EMAIL_ID).status is Status.PROPOSED
    (accepted,) = ruled.auto_accept(now=day(3)).values()

    assert sorted(entry.field for entry in accepted) == ["email", "one"]
    assert {entry.decided_by for entry in accepted} == {"plain"}
    (judgement,) = filled.explain(EMAIL_ID).judgements
    assert (judgement.authority, judgement.reason) == (
        Authority.POLICY,
        "one class, confidence at least 0.90, at most medium",
    )
    assert ruled.auto_accept(now=day(4)) == {}


def by_rule(catalog):
    rules = Rules(accepts=(AutoAccept("plain", 0.9, Sensitivity.MEDIUM),))
    return Catalog(catalog.path, catalog.taxonomy, rules=rules)


@pytest.mark.parametrize("way", ["undone", "rejected and undone"])
def test_a_rule_never_decides_again_what_a_person_decided_on(filled, way):
    ruled = by_rule(filled)
    if way == "undone":
        ruled.auto_accept(now=day(2))
    else:
        filled.reject([EMAIL_ID], BO, now=day(2))
    filled.undo([EMAIL_ID], BO, now=day(3))

    assert filled.entry(EMAIL_ID).status is Status.PROPOSED
    assert ruled.auto_accept(now=day(4)) == {}


def test_a_rule_never_renews_what_a_term_ran_out_on(filled):
    ruled = Catalog(filled.path, filled.taxonomy,
                    rules=Rules(accepts=(AutoAccept("plain", 0.9, Sensitivity.MEDIUM),), terms={DataClass(EMAIL): timedelta(days=30)}))  # fmt: skip
    ruled.auto_accept(now=day(2))
    ruled.expire(now=day(2) + timedelta(days=31))

    assert ruled.entry(EMAIL_ID).status is Status.PROPOSED
    assert ruled.auto_accept(now=day(2) + timedelta(days=32)) == {}


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        (AutoAccept("r", 0.9, Sensitivity.LOW), False),
        (AutoAccept("r", 0.91, Sensitivity.CRITICAL), False),
        (AutoAccept("r", 0.9, Sensitivity.MEDIUM, (DataClass("user.contact"),)), True),
        (AutoAccept("r", 0.9, Sensitivity.MEDIUM, (DataClass("user.name"),)), False),
    ],
)
def test_a_rule_takes_what_it_names_is_sure_of_and_may(filled, rule, taken):
    assert rule.takes(filled.entry(EMAIL_ID)) is taken
