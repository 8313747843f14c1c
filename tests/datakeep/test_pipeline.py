import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from catalog import Catalog, RunStatus, UnitState
from classifiers import Classification, DataClass, Label, Taxonomy
from datakeep import pipeline
from datakeep.executor import LocalExecutor
from datakeep.pipeline import SECOND_LOOK, Finished, Job, Listed, Scan, SourceFailed, Started, examine
from datakeep.settings import Configured
from scanners import Allowance, Budget, Cause, Coverage, Extent, Field, Sample, Source, Unit, scanner_for

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EMAIL = DataClass("user.contact.email")


@dataclass(frozen=True)
class ByName:
    """A classifier for these tests: a field called email is one, and a field called maybe is ambiguous."""

    def classify(self, samples):
        return [
            Classification(
                one.field,
                one.coverage,
                labels=(Label(EMAIL, "EMAIL_ADDRESS", 0.9),) if one.field.path == "email" else (),
                ambiguous=one.field.path == "maybe",
            )
            for one in samples
        ]


@dataclass(frozen=True)
class Endless:
    """A scanner of one unit with more rows than any budget; it says how many were asked for."""

    source: Source
    method: str = "block_sample"

    def units(self):
        yield Unit(self.source.name, "rows")

    def sample(self, unit, budget, *, seed=0):
        values = pa.array([str(number + seed) for number in range(budget.rows)])
        field = Field(unit.source, unit.dataset, "maybe")
        return [
            Sample(field, values, Coverage(Extent.EXAMINED, rows=budget.rows, values=budget.rows, method=self.method))
        ]

    def read(self, unit, *, limit):
        return pa.table({"maybe": [unit.dataset] * limit})


SHOP = """
create table customers (id integer primary key, email text);
insert into customers (email) values ('someone@example.org');
create table orders as select * from customers;
"""


def shop(path):
    with sqlite3.connect(path) as database:
        database.executescript(SHOP)
    database.close()


@pytest.fixture
def scan(tmp_path):
    shop(tmp_path / "shop.db")
    source = Source("shop", f"sqlite:///{tmp_path / 'shop.db'}")
    catalog = Catalog(tmp_path / "catalog.duckdb", Taxonomy.load())
    return Scan((Configured(source),), catalog, ByName(), LocalExecutor(), scanner_for, lambda: NOON)


def states(events):
    return [event.state for event in events if isinstance(event, Finished)]


def test_a_scan_tells_its_run_its_sources_and_each_unit(scan):
    events = list(scan.run())

    assert [type(event) for event in events] == [Started, Listed, Finished, Finished]
    assert {entry.id for entry in scan.catalog.entries()} == {"shop/customers#email", "shop/orders#email"}


def test_an_unchanged_unit_is_not_examined_again_unless_told(scan):
    list(scan.run())

    assert states(scan.run()) == [UnitState.UNCHANGED] * 2
    assert states(replace(scan, full=True).run()) == [UnitState.DONE] * 2


def test_a_new_owner_in_the_settings_counts_where_no_data_changed(scan):
    list(scan.run())
    owned = replace(scan.sources[0], owner="team-crm", purpose=("support",))

    assert states(replace(scan, sources=(owned,)).run()) == [UnitState.UNCHANGED] * 2
    assert {(entry.owner, entry.purpose) for entry in scan.catalog.entries()} == {("team-crm", ("support",))}


def test_other_rules_look_again_at_what_has_not_changed(scan):
    list(scan.run())

    assert states(replace(scan, rules="other").run()) == [UnitState.DONE] * 2


def test_a_source_that_fails_costs_itself_and_the_run_is_incomplete(scan, tmp_path):
    gone = Configured(Source("gone", f"sqlite:///{tmp_path / 'gone.db'}"))
    events = list(replace(scan, sources=(gone, *scan.sources)).run())

    assert [event.source for event in events if isinstance(event, SourceFailed)] == ["gone"]
    assert states(events) == [UnitState.DONE] * 2
    assert scan.catalog.runs()[-1].status is RunStatus.INCOMPLETE


def test_a_source_that_fails_loses_nothing_that_was_known_of_it(scan, tmp_path):
    list(scan.run())
    (tmp_path / "shop.db").unlink()
    list(scan.run())

    assert len(scan.catalog.entries()) == 2


def test_a_table_that_was_dropped_is_gone_from_the_catalog(scan, tmp_path):
    list(scan.run())
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("drop table orders")
    database.close()
    list(scan.run())

    assert {entry.id for entry in scan.catalog.entries()} == {"shop/customers#email"}


def test_a_scan_that_is_stopped_is_interrupted_and_resumes_where_it_was(scan, monkeypatch):
    monkeypatch.setattr(pipeline, "TOGETHER", 0)
    running = scan.run()
    started = next(running)
    assert isinstance(next(event for event in running if isinstance(event, Finished)), Finished)
    running.close()

    assert scan.catalog.run(started.run_id).status is RunStatus.INTERRUPTED
    assert states(replace(scan, resume=started.run_id).run()) == [UnitState.DONE]
    assert scan.catalog.run(started.run_id).status is RunStatus.COMPLETE
    assert len(scan.catalog.entries()) == 2


def test_a_plan_reads_nothing_and_records_nothing(scan):
    planned = list(scan.plan())

    assert [one.unit.dataset for one in planned] == ["customers", "orders"]
    assert not scan.catalog.path.exists()


def test_an_ambiguous_field_gets_a_second_and_larger_look():
    job = Job(Endless(Source("x", "endless:")), ByName(), Unit("x", "rows"), Budget(rows=10))

    assert examine(job).rows == 10 * SECOND_LOOK


def test_a_field_that_was_seen_whole_gets_no_second_look():
    job = Job(Endless(Source("x", "endless:"), method="all"), ByName(), Unit("x", "rows"), Budget(rows=10))

    assert examine(job).rows == 10


def test_a_unit_that_was_left_out_in_part_makes_the_run_incomplete_and_is_looked_at_again(scan, tmp_path):
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "part-0.csv").write_text("email\n" + "someone@example.org\n" * 20)
    (lake / "part-1.csv.gz").write_bytes(b"\x1f\x8b and no more")
    source = Configured(Source("lake", f"file:{lake}/"))
    scan = replace(scan, sources=(source,))
    for _ in range(2):
        events = list(scan.run())
        assert ["part-1" in str(event.error) for event in events if isinstance(event, Finished)] == [True]
        run = scan.catalog.runs()[-1]
        assert run.status is RunStatus.INCOMPLETE
        assert any("part-1" in error.message for error in run.errors)


@pytest.mark.parametrize(("seconds", "commits"), [(60, 1), (0, 2)])
def test_units_that_are_done_quickly_are_put_on_record_together(scan, monkeypatch, seconds, commits):
    monkeypatch.setattr(pipeline, "TOGETHER", seconds)
    assert states(scan.run()) == [UnitState.DONE, UnitState.DONE]
    assert len({one.version for one in scan.catalog.run_changes("run-1")}) == commits


def test_what_was_done_is_kept_where_a_scan_is_stopped_before_it_was_put_down(scan):
    class Stopping(LocalExecutor):
        def run(self, work, jobs, expected):
            yield next(super().run(work, jobs, expected))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(replace(scan, executor=Stopping()).run())
    assert len(scan.catalog.recorded("run-1")) == 1


def costly(scan, **allowance):
    (configured,) = scan.sources
    source = replace(configured.source, allowance=Allowance(**allowance))
    return replace(scan, sources=(replace(configured, source=source),))


@pytest.mark.parametrize("allowance", [{"rows": 1}, {"seconds": 1e-9}, {"bytes": 1}])
def test_what_a_source_cannot_pay_for_is_not_examined_and_comes_first_the_next_time(scan, allowance):
    first = list(costly(scan, **allowance).run())
    assert states(first) == [UnitState.DONE, UnitState.FAILED]
    left = next(event.error for event in first if isinstance(event, Finished) and event.error)
    assert left.cause is Cause.BUDGET
    assert f"total.{next(iter(allowance))}" in str(left)
    assert scan.catalog.runs()[-1].status is RunStatus.INCOMPLETE
    assert states(costly(scan, **allowance).run()) == [UnitState.UNCHANGED, UnitState.DONE]
    assert scan.catalog.runs()[-1].status is RunStatus.COMPLETE


def test_what_has_not_changed_is_examined_again_once_that_is_long_ago(scan):
    (configured,) = scan.sources
    weekly = replace(scan, sources=(replace(configured, recheck=timedelta(days=7)),))

    def on(day):
        return states(replace(weekly, now=lambda: NOON + timedelta(days=day)).run())

    assert on(0) == [UnitState.DONE, UnitState.DONE]
    assert on(6) == [UnitState.UNCHANGED, UnitState.UNCHANGED]
    assert on(8) == [UnitState.DONE, UnitState.DONE], "looks that examined nothing do not count"
    assert on(9) == [UnitState.UNCHANGED, UnitState.UNCHANGED]


def test_a_run_says_what_became_different_in_the_shape_of_its_source(scan, tmp_path):
    list(scan.run())
    assert scan.catalog.schema_changes("run-1") == [], "a first run has nothing to compare with"
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript("""
            alter table orders rename to sales;
            create table invoices (number integer, total real, payer text);
            alter table customers rename column email to mail;
            alter table customers add column born date;
        """)
    list(scan.run())
    assert [str(one.kind) + " " + one.dataset + " " + str(one.field) for one in scan.catalog.schema_changes("run-2")] == [
        "new customers born", "renamed customers mail", "new invoices None", "renamed sales None",
    ]  # fmt: skip
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript("drop table sales; drop table invoices; create table invoices (number text, total real)")
    list(scan.run())
    assert [(str(one.kind), one.dataset, one.field, one.before, one.after) for one in scan.catalog.schema_changes("run-3")] == [
        ("retyped", "invoices", "number", "integer", "text"),
        ("dropped", "invoices", "payer", "text", None),
        ("dropped", "sales", None, None, None),
    ]  # fmt: skip
