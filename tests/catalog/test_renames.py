"""A field that its engine knows by more than its name is the same field after a rename; what was decided follows it."""

from dataclasses import replace

import pytest

from catalog import Look, Ownership, RunStatus, Status, Word
from catalog.testing import day, seen, unit
from scanners import Field, Unit

EMAIL, PHONE = "user.contact.email", "user.contact.phone_number"
OLD, NEW = "crm/public.customers#email", "crm/public.customers#mail"


def table(columns, dataset="public.customers", oid=7):
    """A table whose columns (name → number) its engine numbers."""
    fields = tuple(Field("crm", dataset, name, uid=f"{oid}.{number}") for name, number in columns.items())
    return Unit("crm", dataset, fields, 100, None)


@pytest.fixture
def run(catalog):
    """`run(day, (table, {column: (class, …)}), …)` records a run over all that the source has."""

    def record(now, *content):
        run_id = catalog.start_run(["crm"], now=now)
        for of, classes in content:
            found = [replace(seen(of, one.path, *classes.get(one.path, ())), field=one) for one in of.fields]
            catalog.record_all(run_id, [Look(of, classifications=tuple(found))], now=now)
        catalog.retire(run_id, "crm", [of.dataset for of, _ in content], now=now)
        catalog.finish_run(run_id, RunStatus.COMPLETE, now=now)
        return run_id

    return record


FIRST = table({"id": 1, "email": 2})
RENAMED = table({"id": 1, "mail": 2})


def test_a_renamed_column_keeps_its_decision_owner_and_history(run, catalog, bo):
    run(day(1), (FIRST, {"email": (EMAIL,)}))
    catalog.accept([OLD], bo, now=day(2), said=Ownership("team-crm", ("billing",)))
    run_id = run(day(3), (RENAMED, {"mail": (EMAIL,)}))
    entry, why = catalog.entry(NEW), catalog.explain(NEW)

    assert (entry.status, entry.decided_by, entry.first_seen) == (Status.CONFIRMED, "bo", day(1))
    assert (entry.owner, entry.purpose) == ("team-crm", ("billing",))
    assert [one.reason for one in why.judgements if one.labels] == [bo.reason]
    assert [(one.id, one.kind) for one in why.changes] == [(OLD, "new"), (OLD, "decided"), (NEW, "renamed")]
    assert {(one.id, one.kind) for one in catalog.run_changes(run_id)} == {(OLD, "renamed"), (NEW, "renamed")}
    assert [one.id for one in catalog.entries()] == [NEW]
    assert catalog.run(run_id).entries == {"total": 1, "new": 0, "changed": 0, "gone": 0}
    assert [one.id for one in catalog.entries(as_of=day(2))] == [OLD]
    assert catalog.faults() == []


def test_what_was_said_of_a_table_goes_with_it_to_its_new_name(run, catalog, bo):
    run(day(1), (FIRST, {"email": (EMAIL,)}))
    catalog.assign(["crm/public.customers"], Ownership("ana", ("care",)), bo, now=day(2))
    run(day(3), (table({"id": 1, "email": 2, "phone": 3}, "public.people"), {"email": (EMAIL,), "phone": (PHONE,)}))

    assert {entry.id: entry.owner for entry in catalog.entries()} == {
        "crm/public.people#email": "ana",
        "crm/public.people#phone": "ana",
    }


def test_the_decision_can_be_undone_and_made_anew_under_the_new_name(run, catalog, bo):
    run(day(1), (FIRST, {"email": (EMAIL,)}))
    catalog.accept([OLD], bo, now=day(2))
    run(day(3), (RENAMED, {"mail": (EMAIL,)}))
    catalog.undo([NEW], bo, now=day(4))
    assert catalog.entry(NEW).status is Status.PROPOSED

    catalog.reclassify([NEW], [EMAIL, PHONE], bo, now=day(5))
    run(day(6), (table({"id": 1, "address": 2}), {"address": (EMAIL,)}))
    assert catalog.entry("crm/public.customers#address").classes == (EMAIL, PHONE)
    assert len(catalog.explain("crm/public.customers#address").judgements) == 3


def test_a_decision_that_runs_out_does_so_under_the_new_name(run, catalog):
    run(day(1), (FIRST, {"email": (EMAIL,)}))
    catalog.accept([OLD], Word("bo", valid_until=day(5)), now=day(2))
    run(day(3), (RENAMED, {"mail": (EMAIL,)}))
    assert catalog.expire(now=day(6)) == 1

    assert catalog.entry(NEW).status is Status.PROPOSED


def test_a_renamed_table_takes_its_fields_along(run, catalog, bo):
    run(day(1), (FIRST, {"email": (EMAIL,)}))
    catalog.accept([OLD], bo, now=day(2))
    run(day(3), (table({"id": 1, "email": 2}, "public.people"), {"email": (EMAIL,)}))

    assert catalog.entry("crm/public.people#email").decided_by == "bo"
    assert [one.id for one in catalog.entries()] == ["crm/public.people#email"]


def test_another_column_that_takes_the_name_inherits_nothing(run, catalog, bo):
    run(day(1), (FIRST, {"email": (EMAIL,)}))
    catalog.accept([OLD], bo, now=day(2))
    run(day(3), (table({"id": 1, "mail": 2, "email": 3}), {"mail": (EMAIL,), "email": (PHONE,)}))
    other, same = catalog.entry(OLD), catalog.entry(NEW)

    assert (other.data_class, other.status, other.decided_by) == (PHONE, Status.PROPOSED, None)
    assert (same.status, same.decided_by) == (Status.CONFIRMED, "bo")
    run(day(4), (table({"id": 1, "mail": 2, "email": 3}), {"mail": (EMAIL,), "email": (PHONE,)}))
    assert catalog.entry(OLD).decided_by is None
    assert catalog.faults() == []


def test_a_database_that_numbers_its_columns_anew_renames_nothing(run, catalog, bo):
    orders = table({"note": 1, "email": 2}, "public.orders", oid=9)
    run(day(1), (FIRST, {"email": (EMAIL,)}), (orders, {}))
    catalog.accept([OLD], bo, now=day(2))
    before = {entry.id: entry.decided_by for entry in catalog.entries(all=True)}
    run(day(3), (table({"id": 1, "email": 2}, oid=9), {"email": (EMAIL,)}),
        (table({"note": 1, "email": 2}, "public.orders", oid=7), {}))  # fmt: skip

    assert {entry.id: entry.decided_by for entry in catalog.entries(all=True)} == before


def test_a_table_made_anew_under_its_name_is_the_same(run, catalog, bo):
    run(day(1), (FIRST, {"email": (EMAIL,)}))
    catalog.accept([OLD], bo, now=day(2))
    run(day(3), (table({"id": 1, "email": 2}, oid=8), {"email": (EMAIL,)}))

    assert catalog.entry(OLD).decided_by == "bo"


def test_without_the_engines_word_a_new_name_is_a_new_field(run, catalog, bo):
    run(day(1), (unit(), {"email": (EMAIL,)}))
    catalog.accept([OLD], bo, now=day(2))
    run(day(3), (unit(fields=("id", "mail")), {"mail": (EMAIL,)}))

    assert catalog.entry(NEW).decided_by is None
