"""A scripted month: scans, drops, decisions, other rules, a mistaken bulk accept, a decision that runs out.

What every day answers is written down beside what happened on it, and asked again when the month is over.
"""

from datetime import timedelta

import pytest

from catalog import Catalog, ChangeKind, Ownership, Rules, Word
from catalog.testing import day, record_run, unit
from classifiers import DataClass

CARD, EMAIL, NAME, PHONE = (
    "user.financial.credit_card",
    "user.contact.email",
    "user.name",
    "user.contact.phone_number",
)
BO, CY = Word("bo", "looked"), Word("cy", "agreed")
CUSTOMERS, ORDERS = unit(), unit("public.orders", ("card", "note"))
RENAMED = unit("public.people")

FIRST = {CUSTOMERS: {"id": (), "email": (EMAIL,)}, ORDERS: {"card": (CARD,), "note": (NAME,)}}
NOTE_IS_PHONE = FIRST | {ORDERS: {"card": (CARD,), "note": (PHONE,)}}
WITHOUT_ORDERS = {CUSTOMERS: {"id": (), "email": (EMAIL,)}}
AFTER_RENAME = {RENAMED: {"id": (), "email": (EMAIL,)}, ORDERS: {"card": (CARD,), "note": (PHONE,)}}

EMAIL_ID, CARD_ID, NOTE_ID = "crm/public.customers#email", "crm/public.orders#card", "crm/public.orders#note"
PEOPLE_ID = "crm/public.people#email"

# day → what is done, and what `entries()` answers from then on: id → class, status
SCRIPT = (
    (1, lambda c: record_run(c, day(1), FIRST, owner="team-crm"), {EMAIL_ID: (EMAIL, "proposed"), CARD_ID: (CARD, "proposed"), NOTE_ID: (NAME, "proposed")}),
    (2, lambda c: c.accept([EMAIL_ID], BO, now=day(2)), {EMAIL_ID: (EMAIL, "confirmed")}),
    (3, lambda c: c.reject([NOTE_ID], BO, now=day(3)), {NOTE_ID: None}),
    (4, lambda c: record_run(c, day(4), NOTE_IS_PHONE, owner="team-crm"), {}),  # disagrees, changes nothing
    (5, lambda c: c.reclassify([NOTE_ID], [PHONE], BO, now=day(5)), {NOTE_ID: (PHONE, "confirmed")}),
    (6, lambda c: c.assign([CARD_ID], Ownership("team-pay", ("billing",)), BO, now=day(6)), {}),
    (8, lambda c: record_run(c, day(8), WITHOUT_ORDERS, owner="team-crm"), {CARD_ID: None, NOTE_ID: None}),
    (9, lambda c: record_run(c, day(9), NOTE_IS_PHONE, owner="team-crm"), {EMAIL_ID: (EMAIL, "proposed"), CARD_ID: (CARD, "proposed"), NOTE_ID: (PHONE, "confirmed")}),
    (10, lambda c: c.accept(["crm/*"], CY, now=day(10)), {CARD_ID: (CARD, "confirmed"), EMAIL_ID: (EMAIL, "confirmed")}),  # by mistake
    (11, lambda c: c.undo([CARD_ID], CY, now=day(11)), {CARD_ID: (CARD, "proposed")}),
    (12, lambda c: c.reject([CARD_ID], BO, now=day(12)), {}),  # waits for a second person
    (14, lambda c: c.second([CARD_ID], CY, now=day(14)), {CARD_ID: None}),
    (20, lambda c: record_run(c, day(20), AFTER_RENAME, owner="team-crm"), {EMAIL_ID: None, PEOPLE_ID: (EMAIL, "proposed")}),
    (21, lambda c: c.accept([PEOPLE_ID], BO, now=day(21)), {PEOPLE_ID: (EMAIL, "confirmed")}),
    (28, lambda c: c.expire(now=day(28)), {PEOPLE_ID: (EMAIL, "proposed")}),  # decisions on e-mails hold for seven days here
    (30, lambda c: record_run(c, day(30), AFTER_RENAME, owner="team-crm"), {}),
)  # fmt: skip


@pytest.fixture(scope="module")
def month(tmp_path_factory, taxonomy):
    """The catalog after the month, and what each day answered on that day."""
    rules = Rules(terms={DataClass(EMAIL): timedelta(days=7)})
    catalog = Catalog(tmp_path_factory.mktemp("month") / "catalog.duckdb", taxonomy, rules=rules)
    answered = {}
    for number, happens, _ in SCRIPT:
        happens(catalog)
        answered[number] = catalog.entries(all=True)
    return catalog, answered


def expected():
    held = {}
    for number, _, said in SCRIPT:
        held = {name: what for name, what in (held | said).items() if what is not None}
        yield number, held


@pytest.mark.parametrize(("number", "held"), list(expected()))
def test_each_day_answers_what_is_written_down(month, number, held):
    catalog, _ = month
    found = catalog.entries(as_of=day(number))

    assert {entry.id: (entry.data_class, str(entry.status)) for entry in found} == held


@pytest.mark.parametrize("number", [number for number, _, _ in SCRIPT])
def test_each_day_answers_afterwards_what_it_answered_then(month, number):
    catalog, answered = month
    assert catalog.entries(as_of=day(number), all=True) == answered[number]


def test_the_queue_at_the_end_asks_what_is_left(month):
    catalog, _ = month
    assert {entry: item.why for item in catalog.queue() for entry in item.ids} == {PEOPLE_ID: ("nobody decided yet",)}


def test_the_history_of_a_field_tells_all_that_happened_to_it(month):
    catalog, _ = month
    told = [(change.happened.day, change.kind, change.actor) for change in catalog.explain(NOTE_ID).changes]

    assert told == [
        (1, ChangeKind.NEW, "datakeep"),
        (3, ChangeKind.LOWERED, "bo"),
        (4, ChangeKind.DISAGREED, "datakeep"),
        (5, ChangeKind.FOUND, "bo"),
        (8, ChangeKind.GONE, "datakeep"),
        (9, ChangeKind.BACK, "datakeep"),
    ]


def test_every_decision_stays_on_record_with_its_author(month):
    catalog, _ = month
    told = [(one.happened.day, one.actor, str(one.action), one.pending) for one in catalog.explain(EMAIL_ID).judgements]
    assert told == [
        (2, "bo", "accept", False),
        (9, "datakeep", "expire", False),
        (10, "cy", "accept", False),
        (20, "datakeep", "expire", False),
    ]

    card = [(one.happened.day, one.actor, str(one.action), one.pending) for one in catalog.explain(CARD_ID).judgements]
    assert card == [
        (6, "bo", "assign", False),
        (10, "cy", "accept", False),
        (11, "cy", "undo", False),
        (12, "bo", "reject", True),
        (14, "cy", "second", False),
    ]


def test_runs_count_what_they_changed(month):
    catalog, _ = month
    counted = {run.run_id: run.entries for run in catalog.runs()}

    assert counted["run-1"] == {"total": 3, "new": 3, "changed": 0, "gone": 0}
    assert counted["run-3"] == {"total": 1, "new": 0, "changed": 0, "gone": 2}
    assert counted["run-4"] == {"total": 3, "new": 2, "changed": 0, "gone": 0}
    assert counted["run-5"] == {"total": 2, "new": 1, "changed": 0, "gone": 1}
    assert counted["run-6"] == {"total": 2, "new": 0, "changed": 0, "gone": 0}


def test_the_export_of_a_day_is_what_the_day_answered(month):
    catalog, answered = month
    for number in (1, 9, 14, 30):
        found = catalog.export_tables(as_of=day(number))["entries"].to_pylist()
        assert {row["id"]: row["class"] for row in found} == {one.id: one.data_class for one in answered[number]}
