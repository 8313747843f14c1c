"""A catalog of its own per test."""

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


@pytest.fixture
def bo():
    return Word("bo", "looked at it")
