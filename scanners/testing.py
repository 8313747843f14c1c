"""The promises of a scanner, as tests: every connector, ours or a plug-in's, inherits `ScannerContract`.

class TestSqlite(ScannerContract):
    @pytest.fixture
    def scanner(self, shop): return SqliteScanner(Source("shop", f"sqlite:///{shop}"))
    …
"""

# ruff: noqa: S101 - a contract asserts
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pyarrow.compute as pc
import pytest

from scanners.interface import (
    Budget,
    Cause,
    Extent,
    Sample,
    ScanError,
    Scanner,
    Unit,
    UnitUnreadableError,
)

# A shorter text may well stand in a name by chance.
TELLING = 6
ROWS = 50


class ScannerContract:
    """What holds for every scanner, whatever it looks at. Subclasses give five fixtures.

    `scanner`: over a source with at least two datasets, one of them empty. `expected`: every dataset with the field
    paths that sampling gives. `empty`: the name of the empty dataset. `unreachable`: a scanner of the same kind whose
    source is not there. `change`: a function that alters one row of one non-empty dataset, and returns its name.
    """

    @pytest.fixture
    def scanner(self) -> Scanner:
        raise NotImplementedError

    @pytest.fixture
    def expected(self) -> Mapping[str, frozenset[str]]:
        raise NotImplementedError

    @pytest.fixture
    def empty(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def unreachable(self) -> Scanner:
        raise NotImplementedError

    @pytest.fixture
    def change(self) -> Callable[[], str]:
        raise NotImplementedError

    def test_it_lists_every_dataset_once_and_always_in_the_same_order(
        self, scanner: Scanner, expected: Mapping[str, frozenset[str]]
    ) -> None:
        listed = [unit.dataset for unit in scanner.units()]
        assert sorted(listed) == sorted(expected)
        assert listed == [unit.dataset for unit in scanner.units()]
        assert {unit.source for unit in scanner.units()} == {scanner.source.name}

    def test_it_is_configuration_that_travels_and_does_not_change(self, scanner: Scanner) -> None:
        with pytest.raises((FrozenInstanceError, AttributeError)):
            scanner.source = scanner.source  # type: ignore[misc]
        copy: Scanner = pickle.loads(pickle.dumps(scanner))  # noqa: S301 - our own bytes
        assert copy.source == scanner.source
        assert list(copy.units()) == list(scanner.units())
        assert pickle.loads(pickle.dumps(list(scanner.units()))) == list(scanner.units())  # noqa: S301 - as above

    def test_every_field_has_one_sample(self, scanner: Scanner, expected: Mapping[str, frozenset[str]]) -> None:
        for unit in scanner.units():
            samples = scanner.sample(unit, Budget(rows=ROWS), seed=1)
            paths = [sample.field.path for sample in samples]
            assert sorted(paths) == sorted(expected[unit.dataset])
            assert all(any(_is_at(path, field.path) for path in paths) for field in unit.fields)
            assert {(sample.field.source, sample.field.dataset) for sample in samples} == {(unit.source, unit.dataset)}

    def test_the_same_seed_draws_the_same(self, scanner: Scanner) -> None:
        copy: Scanner = pickle.loads(pickle.dumps(scanner))  # noqa: S301 - our own bytes
        for unit in scanner.units():
            for seed in (0, 7):
                first = scanner.sample(unit, Budget(rows=ROWS), seed=seed)
                assert _drawn(first) == _drawn(copy.sample(unit, Budget(rows=ROWS), seed=seed))

    @pytest.mark.parametrize("rows", [1, 3])
    def test_no_more_rows_are_drawn_than_the_budget_allows(self, scanner: Scanner, rows: int) -> None:
        for unit in scanner.units():
            for sample in scanner.sample(unit, Budget(rows=rows)):
                assert sample.coverage.rows <= rows
                assert "[]" in sample.field.path or len(sample.values) <= rows

    def test_coverage_tells_the_truth(self, scanner: Scanner) -> None:
        for unit in scanner.units():
            for sample in scanner.sample(unit, Budget(rows=ROWS)):
                coverage, values = sample.coverage, sample.values
                assert coverage.values == len(values) - values.null_count
                assert coverage.distinct == len(pc.unique(values.drop_null()))
                assert coverage.share is None or 0 <= coverage.share <= 1
                assert (coverage.extent is Extent.EXAMINED) == (coverage.cause is None)

    def test_what_had_no_values_was_not_examined(self, scanner: Scanner) -> None:
        samples = [sample for unit in scanner.units() for sample in scanner.sample(unit, Budget(rows=ROWS))]
        for sample in samples:
            assert bool(sample.coverage.values) == (sample.coverage.extent is not Extent.NOT_EXAMINED)

    def test_an_empty_dataset_is_not_examined_because_it_is_empty(self, scanner: Scanner, empty: str) -> None:
        samples = scanner.sample(_unit(scanner, empty), Budget(rows=ROWS))
        assert {(sample.coverage.extent, sample.coverage.cause) for sample in samples} == {
            (Extent.NOT_EXAMINED, Cause.EMPTY)
        }

    def test_what_is_printed_shows_no_value(self, scanner: Scanner) -> None:
        for unit in scanner.units():
            samples = scanner.sample(unit, Budget(rows=ROWS))
            values = [str(value) for sample in samples for value in sample.values.to_pylist()]
            printed = f"{samples!r} {samples} {unit!r} {scanner!r}"
            assert not [value for value in values if len(value) >= TELLING and value in printed]

    def test_include_and_exclude_are_globs_over_datasets_and_exclude_wins(
        self, scanner: Scanner, expected: Mapping[str, frozenset[str]], empty: str
    ) -> None:
        others = sorted(set(expected) - {empty})
        assert _listed(scanner, include=(empty,)) == [empty]
        assert _listed(scanner, exclude=(empty,)) == others
        assert _listed(scanner, include=(f"{empty[:-1]}?",), exclude=(f"{empty[:-1]}*",)) == []

    def test_a_dataset_that_is_gone_says_so(self, scanner: Scanner) -> None:
        gone = Unit(scanner.source.name, "no_such_dataset")
        for looking in (lambda: scanner.sample(gone, Budget()), lambda: scanner.read(gone, limit=1)):
            with pytest.raises(UnitUnreadableError, match="no_such_dataset") as caught:
                looking()
            assert caught.value.cause is Cause.GONE
            assert pickle.loads(pickle.dumps(caught.value)).cause is Cause.GONE  # noqa: S301 - our own bytes

    @pytest.mark.parametrize("limit", [1, 2])
    def test_reading_honours_its_limit_and_keeps_every_column(
        self, scanner: Scanner, expected: Mapping[str, frozenset[str]], limit: int
    ) -> None:
        for unit in scanner.units():
            table = scanner.read(unit, limit=limit)
            assert table.num_rows <= limit
            columns = set(table.column_names)
            assert all(any(_is_at(path, column) for column in columns) for path in expected[unit.dataset])

    def test_a_source_that_is_not_there_is_an_error_that_names_it(self, unreachable: Scanner) -> None:
        with pytest.raises(ScanError, match=unreachable.source.name) as caught:
            list(unreachable.units())
        password = unreachable.source.password
        said = f"{caught.value} {caught.value.__cause__} {getattr(caught.value, '__notes__', [])}"
        assert password is None or password.resolve() not in said

    def test_a_fingerprint_stays_while_nothing_changes_and_not_longer(
        self, scanner: Scanner, change: Callable[[], str]
    ) -> None:
        before = {unit.dataset: unit.fingerprint for unit in scanner.units()}
        for unit in scanner.units():
            scanner.sample(unit, Budget(rows=ROWS))
        assert before == {unit.dataset: unit.fingerprint for unit in scanner.units()}
        changed = change()
        after = {unit.dataset: unit.fingerprint for unit in scanner.units()}
        assert after[changed] is None or after[changed] != before[changed]


def _is_at(path: str, column: str) -> bool:
    """Whether `path` is `column` or a path inside it."""
    return path == column or path.startswith((f"{column}.", f"{column}["))


def _unit(scanner: Scanner, dataset: str) -> Unit:
    return next(unit for unit in scanner.units() if unit.dataset == dataset)


def _drawn(samples: Sequence[Sample]) -> list[tuple[str, list[Any]]]:
    return [(sample.field.path, sample.values.to_pylist()) for sample in samples]


def _listed(scanner: Scanner, **globs: tuple[str, ...]) -> list[str]:
    again: Callable[..., Scanner] = type(scanner)
    return sorted(unit.dataset for unit in again(replace(scanner.source, **globs)).units())  # type: ignore[arg-type]
