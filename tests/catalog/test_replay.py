from dataclasses import replace

import pytest

from catalog import Catalog, ChangeKind, Rules, Status
from catalog.testing import day, seen, unit
from classifiers import ClassifyError, DataClass, Label, Sensitivity, Taxonomy

EMAIL, PHONE, CARD = "user.contact.email", "user.contact.phone_number", "user.financial.credit_card"
TABLE = unit(fields=("sure", "unsure", "possible", "clean"))
WAS = {"sure": (EMAIL, 0.95), "unsure": (PHONE, 0.6)}


def look(of=TABLE):
    """Two fields with a class, one that nearly had one, one clean."""
    nearly = Label(DataClass(CARD), "CREDIT_CARD", 0.45)
    found = [seen(of, name, key, confidence=sure) for name, (key, sure) in WAS.items()]
    return [*found, replace(seen(of, "possible"), alternatives=(nearly,)), seen(of, "clean")]


@pytest.fixture
def filled(catalog):
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record(run_id, TABLE, look(), now=day(1))
    return catalog


@pytest.mark.parametrize(
    ("thresholds", "changes"),
    [
        ({}, set()),
        ({"user.contact": 0.7}, {("unsure", ChangeKind.UNSEEN)}),
        ({"user.contact": 0.7, PHONE: 0.5}, set()),  # the nearest class's threshold counts
        ({"user": 0.4}, {("possible", ChangeKind.FOUND)}),
        ({"user": 0.99}, {("sure", ChangeKind.UNSEEN), ("unsure", ChangeKind.UNSEEN)}),
    ],
)
def test_a_replay_shows_what_would_change_and_changes_nothing(filled, thresholds, changes):
    before, version = filled.entries(all=True), filled.version()
    found = filled.replay(thresholds, now=day(2))

    assert {(change.id.rpartition("#")[2], change.kind) for change in found} == changes
    assert (filled.entries(all=True), filled.version()) == (before, version)


def test_what_is_applied_is_what_was_shown_and_holds_for_later_runs(filled, bo):
    shown = filled.replay({"user": 0.4, "user.contact": 0.7}, now=day(2))
    applied = filled.apply({"user": 0.4, "user.contact": 0.7}, bo, now=day(2))
    assert [(one.id, one.kind) for one in applied] == [(one.id, one.kind) for one in shown]

    other = unit("public.other", ("sure", "unsure", "possible", "clean"))
    run_id = filled.start_run(["crm"], now=day(3))
    filled.record(run_id, other, look(other), now=day(3))
    assert {(entry.dataset, entry.field) for entry in filled.entries()} == {
        (of.dataset, name) for of in (TABLE, other) for name in ("sure", "possible")
    }
    assert filled.thresholds() == {"user": 0.4, "user.contact": 0.7}


SURE, POSSIBLE = "crm/public.customers#sure", "crm/public.customers#possible"


def expired(catalog, bo):
    catalog.accept([SURE], replace(bo, valid_until=day(2)), now=day(1))
    catalog.record(
        catalog.start_run(["crm"], now=day(2)), TABLE, [seen(TABLE, field.path) for field in TABLE.fields], now=day(2)
    )


@pytest.mark.parametrize(
    "said",
    [
        lambda catalog, bo: catalog.mute([SURE], bo, day(9), now=day(2)),
        lambda catalog, bo: catalog.apply({"user": 0.4}, bo, now=day(2)) and catalog.reject([POSSIBLE], bo, now=day(2)),
        expired,
    ],
    ids=["a silence", "a question to a second person", "a term that ran out"],
)
def test_a_replay_keeps_what_was_said_where_no_decision_is_in_force(filled, bo, said):
    said(filled, bo)
    before = filled.entries(all=True)
    filled.apply({"user.health_and_medical": 0.5}, bo, now=day(3))

    assert filled.entries(all=True) == before
    assert filled.replay(now=day(4)) == []


def test_thresholds_can_be_taken_back(filled, bo):
    before = filled.entries(all=True)
    filled.apply({"user": 0.99}, bo, now=day(2))
    assert filled.entries() == []
    filled.apply({"user": None}, bo, now=day(3))

    assert filled.entries(all=True) == before
    assert filled.thresholds() == {}


def test_a_replay_never_changes_a_decision_but_may_disagree(filled, bo):
    filled.accept(["crm/public.customers#unsure"], bo, now=day(2))
    (change,) = filled.apply({PHONE: 0.7}, bo, now=day(3))

    entry = filled.entry("crm/public.customers#unsure")
    assert change.kind is ChangeKind.DISAGREED
    assert (entry.status, entry.classes, entry.disagrees) == (Status.CONFIRMED, (PHONE,), True)


def test_a_threshold_for_an_unknown_class_is_refused(filled):
    with pytest.raises(ClassifyError, match=r"no class user\.nope"):
        filled.replay({"user.nope": 0.5}, now=day(2))


def test_a_class_that_became_more_sensitive_is_raised_by_a_replay(filled, bo, taxonomy):
    info = taxonomy.get(PHONE)
    classes = {**taxonomy.classes, PHONE: replace(info, sensitivity=taxonomy.get(CARD).sensitivity)}
    stricter = type(filled)(filled.path, Taxonomy(classes, taxonomy.by_entity))
    assert [(one.id, one.kind) for one in stricter.replay(now=day(2))] == [
        ("crm/public.customers#unsure", ChangeKind.OWNED)
    ]

    stricter.apply({}, bo, now=day(2))
    assert stricter.entry("crm/public.customers#unsure").sensitivity == taxonomy.get(CARD).sensitivity


def test_a_class_that_was_renamed_is_found_by_its_entity(catalog, bo, taxonomy):
    run_id = catalog.start_run(["crm"], now=day(1))
    old = replace(seen(TABLE, "sure"), labels=(Label(DataClass("user.mail"), "EMAIL_ADDRESS", 0.9),))
    catalog.record(run_id, TABLE, [old], now=day(1))

    assert catalog.entry("crm/public.customers#sure").classes == (EMAIL,)


def test_a_replay_leaves_alone_what_was_muted_what_ran_out_and_what_waits_for_a_second_person(catalog, bo):
    strict = Catalog(catalog.path, catalog.taxonomy, rules=Rules(second_person=Sensitivity.LOW))
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record(run_id, TABLE, look(), now=day(1))
    catalog.mute(["crm/public.customers#sure"], bo, day(30), now=day(2))
    catalog.reclassify(["crm/public.customers#clean"], [CARD], replace(bo, valid_until=day(3)), now=day(2))
    strict.reject(["crm/public.customers#unsure"], bo, now=day(2))
    catalog.expire(now=day(4))
    before = catalog.entries(all=True)

    assert {entry.field: (entry.muted_until, entry.asked_by, entry.data_class) for entry in before} == {
        "sure": (day(30), None, EMAIL), "unsure": (None, "bo", PHONE), "possible": (None, None, None),
        "clean": (None, None, CARD),
    }  # fmt: skip
    assert catalog.replay(now=day(5)) == []
    assert catalog.apply(None, bo, now=day(5)) == []
    assert catalog.entries(all=True) == before
