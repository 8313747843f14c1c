import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

from catalog import EXPORTERS, Ownership
from catalog.exchange import category
from catalog.testing import day, unit
from classifiers import Taxonomy

SCHEMAS = Path(__file__).parent / "schemas"
EMAIL, CARD, OWN = "user.contact.email", "user.financial.credit_card", "user.financial.credit_card.security_code"
ODD = "o'hara: {[&*#?|-<>=!%@`\\ \x07\u202e é"
CONTENT = {
    unit(): {"id": (), "email": (EMAIL,)},
    unit("events", ()): {"buyer.email": (EMAIL,), "buyer.card": (CARD, OWN), "items[].note": (), "buyer": ()},
    unit(ODD, (ODD, "true", "1")): {ODD: (CARD,), "true": (), "1": ()},
}


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), CONTENT, owner="team-crm", purpose=("support",))


@pytest.fixture
def entries(catalog, template, bo):
    template(catalog)
    catalog.accept(["crm/public.customers#email"], bo, now=day(2), said=Ownership("ana", ("care", "billing")))
    return catalog.entries(all=True)


def schema(name):
    return json.loads((SCHEMAS / name).read_text())


def check(document, name, registry=None):
    root = schema(name)
    jsonschema.validators.validator_for(root)(root, **({"registry": registry} if registry else {})).validate(document)


def test_dbt_takes_the_sources(entries):
    ((name, text),) = EXPORTERS["dbt"](entries, day(3)).items()
    document = yaml.safe_load(text)

    check(document, "dbt-yml.json")
    assert name == "crm.yml"
    sources = {one["name"]: one for one in document["sources"]}
    column = sources["crm_public"]["tables"][0]["columns"][0]
    assert (sources["crm_public"]["schema"], column["name"], column["tags"]) == ("public", "email", [EMAIL])
    assert column["meta"]["datakeep"]["status"] == "confirmed"
    assert column["meta"]["datakeep"]["purpose"] == ["care", "billing"]


def test_a_data_contract_is_one_of_the_standard(entries):
    ((_, text),) = EXPORTERS["odcs"](entries, day(3)).items()
    document = yaml.safe_load(text)

    check(document, "odcs-3.1.0.json")
    tables = {one["name"]: {field["name"]: field for field in one["properties"]} for one in document["schema"]}
    assert tables["public.customers"]["email"]["classification"] == "medium"
    assert tables[ODD][ODD]["classification"] == "critical"


def test_openlineage_events_are_of_the_specification(entries):
    base, tags = schema("openlineage.json"), schema("openlineage-tags.json")
    registry = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in (base, tags)])
    events = [json.loads(line) for line in EXPORTERS["openlineage"](entries, day(3))["openlineage.jsonl"].splitlines()]

    assert len(events) == 3
    for event in events:
        check(event, "openlineage.json", registry)
        check(event["dataset"]["facets"], "openlineage-tags.json", registry)
    told = {
        (tag["field"], tag["key"], tag["value"])
        for event in events
        for tag in event["dataset"]["facets"]["tags"]["tags"]
    }
    assert {("email", "classes", EMAIL), ("email", "owner", "ana"), ("email", "purpose", "billing")} <= told


def test_fides_takes_the_dataset_with_its_nested_fields(entries):
    ((_, text),) = EXPORTERS["fides"](entries, day(3)).items()
    (dataset,) = yaml.safe_load(text)["dataset"]

    check(dataset, "fides-dataset-3.1.4.json")
    events = next(one for one in dataset["collections"] if one["name"] == "events")
    buyer = next(one for one in events["fields"] if one["name"] == "buyer")
    assert buyer["fields"] == [
        {"name": "card", "data_categories": [CARD]},
        {"name": "email", "data_categories": [EMAIL]},
    ]


def test_every_class_of_ours_has_a_category_that_fides_knows():
    assert category(OWN) == CARD
    assert all(category(key) for key in Taxonomy.load().keys())  # noqa: SIM118 - a taxonomy iterates over its classes
    assert category("hobby.x") == ""


@pytest.mark.parametrize("name", EXPORTERS)
def test_an_export_holds_no_evidence_and_no_value(entries, name):
    text = "".join(EXPORTERS[name](entries, day(3)).values())

    assert "aa@aa.aa" not in text
    assert "matched" not in text


@pytest.mark.parametrize("name", EXPORTERS)
def test_an_export_of_nothing_is_nothing(name):
    assert "".join(EXPORTERS[name]([], day(3)).values()) == ""
