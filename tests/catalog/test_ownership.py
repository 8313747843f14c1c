"""Whose data is: said of a source, a dataset or a field, the nearest word counting."""

import pytest

from catalog import CatalogError, Ownership, UnknownEntryError, read_decisions
from catalog.testing import day, record_run, unit

EMAIL = "user.contact.email"
CUSTOMERS, ORDERS = unit(fields=("email", "id")), unit("public.orders", ("email",))
WITH_PHONE = unit(fields=("email", "id", "phone"))
CONTENT = {CUSTOMERS: {"email": (EMAIL,), "id": ()}, ORDERS: {"email": (EMAIL,)}}


@pytest.fixture
def crm(catalog):
    record_run(catalog, day(1), CONTENT, owner="team-crm")
    return catalog


def owners(catalog, *, as_of=None):
    return {entry.id: entry.owner for entry in catalog.entries(all=True, as_of=as_of)}


def test_what_is_said_of_a_dataset_counts_before_its_source_and_for_columns_to_come(crm, bo):
    touched = crm.assign(["crm/public.customers"], Ownership("ana", ("care",)), bo, now=day(2))
    record_run(crm, day(3), {WITH_PHONE: {"email": (EMAIL,), "id": (), "phone": ()}, ORDERS: CONTENT[ORDERS]}, owner="team-crm")  # fmt: skip

    assert {entry.id for entry in touched} == {"crm/public.customers#email", "crm/public.customers#id"}
    assert owners(crm) == {
        "crm/public.customers#email": "ana",
        "crm/public.customers#id": "ana",
        "crm/public.customers#phone": "ana",
        "crm/public.orders#email": "team-crm",
    }
    assert set(owners(crm, as_of=day(1)).values()) == {"team-crm"}
    assert crm.entry("crm/public.customers#phone").purpose == ("care",)
    assert crm.explain("crm/public.customers#email").judgements[-1].actor == "bo"


def test_what_is_said_of_a_field_counts_before_its_dataset(crm, bo):
    crm.assign(["crm/public.customers#email"], Ownership("kim", None), bo, now=day(2))
    crm.assign(["crm/public.customers"], Ownership("ana", None), bo, now=day(3))

    assert owners(crm)["crm/public.customers#email"] == "kim"
    assert owners(crm)["crm/public.customers#id"] == "ana"


def test_a_dataset_that_there_is_not_is_named(crm, bo):
    with pytest.raises(UnknownEntryError, match=r"no entry crm/public[.]nothing"):
        crm.assign(["crm/public.customers", "crm/public.nothing"], Ownership("ana", None), bo, now=day(2))
    assert set(owners(crm).values()) == {"team-crm"}  # all or none


def test_a_list_of_decisions_assigns_datasets_too(crm, bo, tmp_path):
    place = tmp_path / "decisions.csv"
    place.write_text("id,action,owner\ncrm/public.orders,assign,ana\ncrm/public.customers,accept,\n")
    with pytest.raises(CatalogError, match=r"no entry crm/public[.]customers"):
        crm.decide_all(read_decisions(place), bo, now=day(2))

    place.write_text("id,action,owner\ncrm/public.orders,assign,ana\n")
    crm.decide_all(read_decisions(place), bo, now=day(2))
    assert owners(crm)["crm/public.orders#email"] == "ana"


def test_a_row_that_cannot_be_done_is_named_and_nothing_is(crm, bo, tmp_path):
    place = tmp_path / "decisions.csv"
    place.write_text(
        "id;action\ncrm/public.orders#email;accept\ncrm/public.orders#e-mail;accept\n"
    )  # as a spreadsheet writes it
    with pytest.raises(CatalogError, match=r"no entry crm/public[.]orders#e-mail") as refused:
        crm.decide_all(read_decisions(place), bo, now=day(2))

    assert refused.value.__notes__[-1] == f"{place}:3 asks for it; nothing of it was done"
    assert crm.entry("crm/public.orders#email").status == "proposed"


def test_the_owner_of_a_source_stands_in_the_settings(crm, bo):
    with pytest.raises(CatalogError, match="no entry crm") as refused:
        crm.assign(["crm"], Ownership("ana", None), bo, now=day(2))
    assert "settings" in refused.value.__notes__[0]
