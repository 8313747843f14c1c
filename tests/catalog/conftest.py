"""A catalog of its own per test."""

import shutil
from functools import partial

import pytest

from catalog import Catalog, Word
from catalog.testing import record_run
from classifiers import Taxonomy


@pytest.fixture(scope="session")
def taxonomy():
    return Taxonomy.load()


@pytest.fixture
def catalog(tmp_path, taxonomy):
    return Catalog(tmp_path / "state" / "catalog.duckdb", taxonomy)


@pytest.fixture
def scan(catalog):
    """`scan(now, {unit: {field: (class, …)}})` records a whole run over what one source has and returns its id."""
    return partial(record_run, catalog)


@pytest.fixture(scope="module")
def made(tmp_path_factory, taxonomy):
    """`made(now, content)` records a run once per module, and gives what puts a copy of it in a catalog's place."""

    def record(now, content, **said):
        original = Catalog(tmp_path_factory.mktemp("made") / "catalog.duckdb", taxonomy)
        record_run(original, now, content, **said)

        def copy(catalog):
            catalog.path.parent.mkdir()
            shutil.copy2(original.path, catalog.path)
            return catalog

        return copy

    return record


@pytest.fixture
def bo():
    return Word("bo", "looked at it")
