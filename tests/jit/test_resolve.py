"""Which entries a grant covers is asked of the catalog by their ids, whatever letters those have."""

import re

import pytest

from catalog import Catalog
from catalog.testing import day, record_run, unit
from classifiers import DataClass, Taxonomy
from jit import Ask, UnknownError
from jit.resolve import find, of_dataset, standing
from jit.testing import Shelf

HOSTILE = ["people", "people*", "peopl?", "pe#ople", "a/b#c", "[x]", "people.csv", "*", "#"]
FIELDS = ["email", "e*", "?mail", "#", "x#y", "email[].to", "/"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    made = Catalog(tmp_path_factory.mktemp("hostile") / "catalog.duckdb", Taxonomy.load())
    held = dict.fromkeys(FIELDS, ("user.contact.email",))
    for source in ("crm", "hr"):
        record_run(made, day(1), {unit(name, FIELDS, source=source): held for name in HOSTILE})
    return made


def test_an_id_means_its_entry_alone_however_much_it_looks_like_a_glob(catalog):
    every = {entry.id: entry for entry in catalog.entries(all=True)}
    assert len(every) == 2 * len(HOSTILE) * len(FIELDS)
    for name in every:
        assert [entry.id for entry in standing([name], catalog)] == [name]
    assert [entry.id for entry in standing(every, catalog)] == sorted(every)


def test_nothing_is_asked_for_nothing_and_what_is_gone_is_not_found(catalog):
    assert standing([], catalog) == []
    assert standing(["crm/people#gone", "nowhere/people#email", "no id"], catalog) == []


def test_a_dataset_means_its_own_fields_alone(catalog):
    for name in HOSTILE:
        assert {entry.field for entry in of_dataset("hr", name, catalog)} == set(FIELDS), name
    assert of_dataset("hr", "peo", catalog) == ()


@pytest.mark.parametrize(
    "scope", ["*", "crm", "crm/*", "crm/people", "*/people", "crm/*#email", "hr/peopl?", "crm/[x]", "x"]
)
def test_a_scope_means_the_same_to_the_catalog_as_to_a_list_of_everything(catalog, scope):
    ask = Ask("ana", (DataClass("user.contact"),), scope=scope)
    try:
        expected = find(ask, Shelf(catalog.entries(all=True)), catalog.taxonomy)
    except UnknownError as unknown:
        with pytest.raises(UnknownError, match=re.escape(str(unknown))):
            find(ask, catalog, catalog.taxonomy)
    else:
        assert [entry.id for entry in find(ask, catalog, catalog.taxonomy)] == [entry.id for entry in expected]


@pytest.mark.parametrize(("slip", "meant"), [("crm/people#emial", "crm/people#email"), ("crm/peopel#email", "crm/people#email"),
                                             ("cmr/people.csv#email", "crm/people.csv#email")])  # fmt: skip
def test_a_slip_is_told_the_nearest_id(catalog, slip, meant):
    with pytest.raises(UnknownError) as raised:
        find(Ask("ana", (), entries=(slip,)), catalog, catalog.taxonomy)
    assert raised.value.__notes__ == [f"did you mean {meant}?"]
