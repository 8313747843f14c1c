import pytest

from catalog import ChangeKind, Look, NoCatalogError, RunStatus, Status, UnitState
from catalog.testing import day, seen, unit
from scanners import Cause, Coverage, Extent

EMAIL, PHONE = "user.contact.email", "user.contact.phone_number"

CUSTOMERS = unit()


def test_what_a_run_sees_is_what_the_catalog_says(catalog, scan):
    run_id = scan(day(1), {CUSTOMERS: {"id": (), "email": (EMAIL,)}}, owner="team-crm", purpose=("support",))

    (entry,) = catalog.entries()
    assert entry.id == "crm/public.customers#email"
    assert entry.classes == (EMAIL,)
    assert (entry.status, entry.coverage, entry.sensitivity.word) == (Status.PROPOSED, Extent.EXAMINED, "medium")
    assert (entry.owner, entry.purpose) == ("team-crm", ("support",))
    assert (entry.first_seen, entry.last_scanned, entry.run_id) == (day(1), day(1), run_id)
    assert (entry.examined, entry.distinct, entry.matched, entry.rows) == (9, 9, 8, 100)


def test_a_clean_field_is_an_entry_without_a_class(catalog, scan):
    scan(day(1), {CUSTOMERS: {"id": (), "email": (EMAIL,)}})

    clean = catalog.entry("crm/public.customers#id")
    assert (clean.data_class, clean.status, clean.coverage) == (None, Status.NONE, Extent.EXAMINED)
    assert clean not in catalog.entries()
    assert clean in catalog.entries(all=True)


def test_only_a_run_makes_a_catalog(catalog, bo):
    with pytest.raises(NoCatalogError, match="no catalog at") as refused:
        catalog.entries()
    assert refused.value.__notes__ == ["`datakeep scan` makes one; --home names another place"]
    with pytest.raises(NoCatalogError):
        catalog.accept(["crm/*"], bo, now=day(1))
    assert not catalog.path.exists()
    assert catalog.fingerprint("crm", "public.customers") is None


def test_an_unreadable_unit_is_not_examined_and_says_why(catalog):
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record_unreadable(run_id, unit(fields=()), Cause.PERMISSION, "no permission", now=day(1))

    (entry,) = catalog.entries(all=True)
    assert entry.id == "crm/public.customers#*"
    assert (entry.coverage, entry.coverage_reason) == (Extent.NOT_EXAMINED, Cause.PERMISSION)


def test_an_unreadable_units_known_columns_are_each_not_examined(catalog):
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record_unreadable(run_id, CUSTOMERS, Cause.TIMEOUT, "too slow", now=day(1))

    assert [entry.field for entry in catalog.entries(all=True)] == ["email", "id"]


def test_a_unit_that_becomes_readable_loses_its_stand_in(catalog, scan):
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record_unreadable(run_id, unit(fields=()), Cause.PERMISSION, "no permission", now=day(1))
    scan(day(2), {CUSTOMERS: {"id": (), "email": (EMAIL,)}})

    assert [entry.field for entry in catalog.entries(all=True)] == ["email", "id"]


def test_a_look_that_failed_does_not_make_a_field_clean(catalog, scan):
    scan(day(1), {CUSTOMERS: {"id": (), "email": (EMAIL,)}})
    run_id = catalog.start_run(["crm"], now=day(2))
    catalog.record_unreadable(run_id, CUSTOMERS, Cause.PERMISSION, "no permission", now=day(2))

    (entry,) = catalog.entries()
    assert entry.classes == (EMAIL,)
    assert (entry.coverage, entry.coverage_reason) == (Extent.NOT_EXAMINED, Cause.PERMISSION)


@pytest.mark.parametrize("extent", [Extent.PARTIAL, Extent.NOT_EXAMINED])
def test_a_look_that_saw_less_does_not_withdraw_what_a_fuller_one_found(catalog, scan, extent):
    scan(day(1), {CUSTOMERS: {"email": (EMAIL,)}})
    run_id = catalog.start_run(["crm"], now=day(2))
    catalog.record(run_id, CUSTOMERS, [seen(CUSTOMERS, "email", coverage=Coverage(extent, Cause.TIMEOUT))], now=day(2))

    assert catalog.entry("crm/public.customers#email").classes == (EMAIL,)


def test_a_full_look_that_finds_nothing_withdraws_the_proposal(catalog, scan):
    scan(day(1), {CUSTOMERS: {"email": (EMAIL,)}})
    scan(day(2), {CUSTOMERS: {"email": ()}})

    assert catalog.entry("crm/public.customers#email").data_class is None


def test_a_dropped_column_is_gone_and_comes_back(catalog, scan):
    scan(day(1), {CUSTOMERS: {"id": (), "email": (EMAIL,)}})
    scan(day(2), {unit(fields=("id",)): {"id": ()}})
    assert catalog.entries() == []
    scan(day(3), {CUSTOMERS: {"id": (), "email": (EMAIL,)}})

    (entry,) = catalog.entries()
    assert entry.first_seen == day(1)
    kinds = [change.kind for change in catalog.changes() if change.id.endswith("#email")]
    assert kinds == [ChangeKind.NEW, ChangeKind.GONE, ChangeKind.BACK]


def test_a_json_field_that_a_sample_did_not_draw_is_not_gone(catalog):
    events = unit("events", fields=())
    for number, paths in enumerate((("user.email", "kind"), ("kind",)), start=1):
        run_id = catalog.start_run(["crm"], now=day(number))
        drawn = Coverage(Extent.EXAMINED, rows=10, values=10, distinct=9, share=0.1, method="reservoir")
        found = [seen(events, path, *([EMAIL] if "email" in path else []), coverage=drawn) for path in paths]
        catalog.record(run_id, events, found, now=day(number))

    assert [entry.field for entry in catalog.entries()] == ["user.email"]


def test_a_json_field_that_a_whole_read_did_not_find_is_gone(catalog, scan):
    events = unit("events", fields=())
    scan(day(1), {events: {"user.email": (EMAIL,), "kind": ()}})
    scan(day(2), {events: {"kind": ()}})

    assert catalog.entries() == []


def test_a_dropped_table_is_gone_and_no_longer_unchanged(catalog, scan):
    orders = unit("public.orders", ("phone",), fingerprint="o1")
    scan(day(1), {CUSTOMERS: {"email": (EMAIL,)}, orders: {"phone": (PHONE,)}})
    assert catalog.fingerprint("crm", "public.orders") == "o1"
    run_id = scan(day(2), {CUSTOMERS: {"email": (EMAIL,)}})

    assert [entry.dataset for entry in catalog.entries(all=True)] == ["public.customers"]
    assert catalog.fingerprint("crm", "public.orders") is None
    assert catalog.run(run_id).entries["gone"] == 1


def test_a_source_that_could_not_be_listed_loses_nothing(catalog, scan):
    scan(day(1), {CUSTOMERS: {"email": (EMAIL,)}})
    run_id = catalog.start_run(["crm"], now=day(2))
    catalog.record_source_failure(run_id, "crm", "crm does not answer", now=day(2))
    catalog.finish_run(run_id, RunStatus.INCOMPLETE, now=day(2))

    assert len(catalog.entries()) == 1
    (problem,) = catalog.run(run_id).errors
    assert (problem.source, problem.dataset, problem.message) == ("crm", None, "crm does not answer")
    assert catalog.run(run_id).units["total"] == 0


def test_an_unchanged_unit_is_counted_and_says_when_it_was_looked_at(catalog, scan):
    known = unit(fingerprint="v1")
    scan(day(1), {known: {"id": (), "email": (EMAIL,)}})
    run_id = catalog.start_run(["crm"], now=day(2))
    before = catalog.version()
    catalog.record_unchanged(run_id, known, now=day(2))
    catalog.finish_run(run_id, RunStatus.COMPLETE, now=day(2))

    run = catalog.run(run_id)
    assert run.units == {"total": 1, "done": 0, "unchanged": 1, "failed": 0, "skipped": 0}
    assert run.fields == {"examined": 2, "partial": 0, "not_examined": 0}
    assert (catalog.entries()[0].last_scanned, catalog.entries()[0].run_id) == (day(2), run_id)
    assert catalog.fingerprint("crm", "public.customers") == "v1"
    assert catalog.version() == before


@pytest.mark.parametrize(
    ("extent", "cause", "known"),
    [
        (Extent.EXAMINED, None, True),
        (Extent.NOT_EXAMINED, Cause.EMPTY, True),
        (Extent.NOT_EXAMINED, Cause.TYPE, True),
        (Extent.PARTIAL, Cause.TIMEOUT, False),
        (Extent.NOT_EXAMINED, Cause.PERMISSION, False),
    ],
)
def test_a_fingerprint_counts_where_looking_again_would_show_the_same(catalog, extent, cause, known):
    table = unit(fingerprint="v1")
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record(run_id, table, [seen(table, "id", coverage=Coverage(extent, cause))], now=day(1))

    assert (catalog.fingerprint("crm", "public.customers") == "v1") is known


def test_other_rules_ask_for_another_look(catalog):
    table = unit(fingerprint="v1")
    run_id = catalog.start_run(["crm"], rules="rules-1", now=day(1))
    catalog.record(run_id, table, [seen(table, "id")], now=day(1))

    assert catalog.fingerprint("crm", "public.customers", rules="rules-1") == "v1"
    assert catalog.fingerprint("crm", "public.customers", rules="rules-2") is None


def test_a_resumed_run_knows_what_it_is_through_with(catalog):
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record(run_id, CUSTOMERS, [seen(CUSTOMERS, "id")], now=day(1))
    catalog.record_unreadable(run_id, unit("public.orders"), Cause.TIMEOUT, "too slow", now=day(1))

    assert catalog.recorded(run_id) == {"crm/public.customers"}
    assert catalog.run(run_id).status == "interrupted"


def test_several_looks_are_one_commit(catalog):
    run_id = catalog.start_run(["crm"], now=day(1))
    tables = [unit(f"t{number}", fields=("email",)) for number in range(5)]
    looks = [Look(table, classifications=(seen(table, "email", EMAIL),)) for table in tables]
    looks.append(Look(unit("broken"), UnitState.FAILED, cause=Cause.DECODE, message="not UTF-8"))
    catalog.record_all(run_id, looks, now=day(1))

    assert len({change.version for change in catalog.changes()}) == 1
    assert catalog.run(run_id).units == {"total": 6, "done": 5, "unchanged": 0, "failed": 1, "skipped": 0}


def test_a_unit_recorded_twice_in_a_run_counts_once(catalog):
    run_id = catalog.start_run(["crm"], now=day(1))
    for _ in range(2):
        catalog.record(run_id, CUSTOMERS, [seen(CUSTOMERS, "email", EMAIL)], now=day(1), rows=10)

    assert catalog.run(run_id).units["total"] == 1
    assert catalog.run(run_id).rows == 10
    assert len(catalog.entries()) == 1


def test_a_source_of_another_owner_hands_it_down_at_once(catalog, scan):
    scan(day(1), {CUSTOMERS: {"email": (EMAIL,)}, unit("public.orders"): {"id": (PHONE,)}}, owner="old")
    scan(day(2), {CUSTOMERS: {"email": (EMAIL,)}, unit("public.orders"): {"id": (PHONE,)}}, owner="new", purpose=("x",))

    assert {(entry.owner, entry.purpose) for entry in catalog.entries()} == {("new", ("x",))}
    assert {entry.owner for entry in catalog.entries(as_of=day(1))} == {"old"}
    scan(day(3), {CUSTOMERS: {"email": (EMAIL,)}})
    assert {(entry.owner, entry.purpose) for entry in catalog.entries()} == {(None, ())}


HOSTILE = [
    'a"; DROP TABLE beliefs; --',
    "%s %(x)s :p $1",
    "nul\0l",
    "\ud800",
    "[/bold]",
    "=1+1",
    "\x1b[31m",
    "\u202e",
    "a#b/c",
]


def test_hostile_names_are_only_names(catalog, scan):
    table = unit("o'hara; --", fields=tuple(HOSTILE))
    scan(day(1), {table: dict.fromkeys(HOSTILE, (EMAIL,))})

    found = {entry.field for entry in catalog.entries()}
    assert found == {name if name != "\ud800" else "\\ud800" for name in HOSTILE}
    assert all(catalog.entry(f"crm/o'hara; --#{name}").classes == (EMAIL,) for name in found)
