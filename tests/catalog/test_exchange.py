import dataclasses
import io
import json
import unicodedata
from pathlib import Path

import fastavro
import jinja2.sandbox
import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from sqlfluff.core import FluffConfig, Lexer, Parser

from catalog import Catalog, CatalogError, Ownership, Place, World, exporter, exporters
from catalog.exchange.contracts import category
from catalog.exchange.interface import steers
from catalog.testing import day, unit
from classifiers import Taxonomy

ROOT = "https://open-metadata.org/schema/"
SCHEMAS = Path(__file__).parent / "schemas"
EMAIL_ID = "crm/public.customers#email"
EMAIL, CARD, OWN = "user.contact.email", "user.financial.credit_card", "user.financial.credit_card.security_code"
ODD = "o'hara: {[&*#?|-<>=!%@`\\ \x07\u202e é"
TEMPLATE = "{{ env_var('TOKEN') }}"
CONTENT = {
    unit(): {"id": (), "email": (EMAIL,)},
    unit("events", ()): {"buyer.email": (EMAIL,), "buyer.card": (CARD, OWN), "items[].note": (), "buyer": ()},
    unit(ODD, (ODD, "true", "1", TEMPLATE)): {ODD: (CARD,), "true": (), "1": (), TEMPLATE: (EMAIL,)},
}


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), CONTENT, owner="team-crm", purpose=("support",))


@pytest.fixture
def entries(catalog, template, bo):
    template(catalog)
    catalog.accept(["crm/public.customers#email"], bo, now=day(2), said=Ownership("ana", ("care", "billing")))
    return catalog.entries(all=True)


@pytest.fixture(scope="module")
def email_entry(tmp_path_factory, template, taxonomy):
    return template(Catalog(tmp_path_factory.mktemp("once") / "state" / "catalog.duckdb", taxonomy)).entry(EMAIL_ID)


def told(entries, name, places=None, withdrawn=None):
    return exporter(name)(entries, World(day(3), places or {}, withdrawn or {}))


def schema(name):
    return json.loads((SCHEMAS / name).read_text())


def check(document, name, registry=None):
    root = schema(name)
    jsonschema.validators.validator_for(root)(root, **({"registry": registry} if registry else {})).validate(document)


def test_dbt_takes_the_sources(entries):
    ((name, text),) = told(entries, "dbt").items()
    document = yaml.safe_load(text)

    check(document, "dbt-yml.json")
    assert name == "crm.yml"
    sources = {one["name"]: one for one in document["sources"]}
    column = sources["crm_public"]["tables"][0]["columns"][0]
    assert (sources["crm_public"]["schema"], column["name"], column["tags"]) == ("public", "email", [EMAIL])
    assert column["meta"]["datakeep"]["status"] == "confirmed"
    assert column["meta"]["datakeep"]["purpose"] == ["care", "billing"]


def test_dbt_renders_no_name_as_a_template(entries):
    ((_, text),) = told(entries, "dbt").items()

    assert "env_var" in text
    assert jinja2.sandbox.SandboxedEnvironment().from_string(yaml.safe_load(text)["sources"][0]["name"]).render()
    names = [
        column["name"]
        for one in yaml.safe_load(text)["sources"]
        for table in one["tables"]
        for column in table["columns"]
    ]
    assert TEMPLATE in [jinja2.sandbox.SandboxedEnvironment().from_string(name).render() for name in names]


def test_a_data_contract_is_one_of_the_standard(entries):
    ((_, text),) = told(entries, "odcs").items()
    document = yaml.safe_load(text)

    check(document, "odcs-3.1.0.json")
    tables = {one["name"]: {field["name"]: field for field in one["properties"]} for one in document["schema"]}
    assert tables["public.customers"]["email"]["classification"] == "medium"
    assert tables[ODD][ODD]["classification"] == "critical"


def test_openlineage_events_are_of_the_specification(entries):
    base, facet = schema("openlineage.json"), schema("openlineage-tags.json")
    registry = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in (base, facet)])
    events = [json.loads(line) for line in told(entries, "openlineage")["openlineage.jsonl"].splitlines()]

    assert len(events) == 3
    for event in events:
        check(event, "openlineage.json", registry)
        check(event["dataset"]["facets"], "openlineage-tags.json", registry)
    tags = {
        (tag["field"], tag["key"], tag["value"])
        for event in events
        for tag in event["dataset"]["facets"]["tags"]["tags"]
    }
    assert {("email", "classes", EMAIL), ("email", "owner", "ana"), ("email", "purpose", "billing")} <= tags


def test_fides_takes_the_dataset_with_its_nested_fields(entries):
    ((_, text),) = told(entries, "fides").items()
    (dataset,) = yaml.safe_load(text)["dataset"]

    check(dataset, "fides-dataset-3.1.4.json")
    events = next(one for one in dataset["collections"] if one["name"] == "events")
    buyer = next(one for one in events["fields"] if one["name"] == "buyer")
    assert buyer["fields"] == [
        {"name": "card", "data_categories": [CARD]},
        {"name": "email", "data_categories": [EMAIL]},
    ]


def avro(document, name):
    parsed = fastavro.parse_schema(schema(f"datahub-{name}.avsc"))
    fastavro.schemaless_writer(io.BytesIO(), parsed, document, strict_allow_default=True)


def test_datahub_reads_tags_and_patches_that_take_nothing_away(entries):
    proposals = json.loads(told(entries, "datahub", {"crm": Place("postgres", "crm")})["datahub.json"])

    for one in proposals:
        aspect = one["aspect"] | {"value": one["aspect"]["value"].encode()}
        avro(one | {"aspect": aspect}, "MetadataChangeProposal")
    tags = [json.loads(one["aspect"]["value"]) for one in proposals if one["entityType"] == "tag"]
    for tag in tags:
        avro(tag, "TagProperties")
    assert [tag["name"] for tag in tags] == [f"datakeep.{key}" for key in (EMAIL, CARD, OWN)]
    patches = {one["entityUrn"]: one for one in proposals if one["entityType"] == "dataset"}
    urn = "urn:li:dataset:(urn:li:dataPlatform:postgres,crm.public.customers,PROD)"
    assert {one["changeType"] for one in patches.values()} == {"PATCH"}
    assert json.loads(patches[urn]["aspect"]["value"]) == [
        {"op": "add", "path": "/editableSchemaFieldInfo/email/fieldPath", "value": "email"},
        {
            "op": "add",
            "path": f"/editableSchemaFieldInfo/email/globalTags/tags/urn:li:tag:datakeep.{EMAIL}",
            "value": {"tag": f"urn:li:tag:datakeep.{EMAIL}"},
        },
    ]


def patched(known, steps):
    """The fields' tags after a patch, as DataHub applies it: what lies above a path is made where it is not there."""
    fields = {name: dict(tags) for name, tags in known.items()}
    for step in steps:
        _, root, field, *rest = (part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/"))
        tags = fields.setdefault(field, {})
        assert root == "editableSchemaFieldInfo"
        if rest == ["fieldPath"]:
            assert (step["op"], step["value"]) == ("add", field)
        elif step["op"] == "remove":
            tags.pop(rest[-1], None)
        else:
            tags[rest[-1]] = step["value"]
    return fields


def patches(files):
    return [
        json.loads(one["aspect"]["value"]) for one in json.loads(files["datahub.json"]) if one["changeType"] == "PATCH"
    ]


def test_the_patches_of_datahub_make_the_aspect_that_it_knows(entries):
    for steps in patches(told(entries, "datahub")):
        fields = patched({}, steps)
        made = [{"fieldPath": name, "globalTags": {"tags": list(tags.values())}} for name, tags in fields.items()]
        assert set(fields) <= {entry.field for entry in entries}
        avro({"editableSchemaFieldInfo": made}, "EditableSchemaMetadata")


def test_datahub_loses_the_tags_that_are_no_longer_held_and_keeps_what_people_tagged(entries):
    card, mine = f"urn:li:tag:datakeep.{CARD}", "urn:li:tag:theirs"
    customers = [entry for entry in entries if entry.dataset == "public.customers"]
    (steps,) = patches(told(customers, "datahub", withdrawn={EMAIL_ID: (CARD,), "crm/public.customers#id": (EMAIL,)}))
    fields = patched({"email": {card: {}, mine: {}}, "id": {f"urn:li:tag:datakeep.{EMAIL}": {}}}, steps)

    assert {name: set(tags) for name, tags in fields.items()} == {
        "email": {mine, f"urn:li:tag:datakeep.{EMAIL}"},
        "id": set(),
    }


def test_openmetadata_takes_the_requests(entries):
    known = schema("openmetadata.json")
    registry = Registry().with_resources(
        [(f"{ROOT}{path}.json", DRAFT7.create_resource(one)) for path, one in known.items()]
    )
    files = {
        name: json.loads(text)
        for name, text in told(entries, "openmetadata", {"crm": Place("postgres", "shop")}).items()
    }

    def valid(document, path):
        jsonschema.Draft7Validator({"$ref": f"{ROOT}{path}.json"}, registry=registry).validate(document)

    valid(files["classification.openmetadata.json"], "api/classification/createClassification")
    tags = files["tags.openmetadata.json"]
    for tag in tags:
        valid(tag, "api/classification/createTag")
    made = [".".join(filter(None, (tag.get("parent", "datakeep"), tag["name"]))) for tag in tags]
    assert all(tag.get("parent", "datakeep") in {"datakeep", *made[:at]} for at, tag in enumerate(tags))
    asked = files["crm.columns.openmetadata.json"]
    valid(asked, "api/data/bulkColumnUpdateRequest")
    columns = {one["columnFQN"]: one["tags"] for one in asked["columnUpdates"]}
    assert asked["dryRun"]
    assert columns["crm.shop.public.customers.email"][0]["state"] == "Confirmed"
    assert columns["crm.shop.events.buyer.card"][0]["state"] == "Suggested"
    assert {tag["tagFQN"] for one in columns.values() for tag in one} <= set(made)


def altered(files, dialect):
    """Every ALTER TABLE as a parser of the dialect understands it, by table and column; nothing is left over."""
    (text,) = files.values()
    config = FluffConfig(overrides={"dialect": dialect})
    tokens, errors = Lexer(config=config).lex(text)
    tree = Parser(config=config).parse(tokens)
    assert errors == []
    assert [one.raw for one in tree.recursive_crawl("unparsable")] == []
    found = [one.raw for one in tree.recursive_crawl("alter_table_statement")]
    assert len(found) == text.count("ALTER TABLE")
    return found


def test_snowflake_tags_each_column_that_holds_a_class(entries):
    said = altered(told(entries, "snowflake", {"crm": Place("snowflake", "prod")}), "snowflake")

    email = 'ALTER TABLE "PROD"."PUBLIC"."CUSTOMERS" MODIFY COLUMN "EMAIL" SET TAG'
    card = 'ALTER TABLE "PROD"."EVENTS" MODIFY COLUMN "BUYER" SET TAG'
    assert {f"{email} datakeep_class = '{EMAIL}'", f"{email} datakeep_status = 'confirmed'"} <= set(said)
    assert {f"{card} datakeep_class = '{CARD}'", f"{card} datakeep_sensitivity = 'critical'"} <= set(said)
    assert len(said) == 6


def test_databricks_tags_each_column_that_holds_a_class(entries):
    said = altered(told(entries, "databricks", {"crm": Place("databricks", "main")}), "databricks")

    email = "ALTER TABLE `main`.`public`.`customers` ALTER COLUMN `email` SET TAGS"
    tags = f"('datakeep_class' = '{EMAIL}', 'datakeep_sensitivity' = 'medium', 'datakeep_status' = 'confirmed')"
    assert f"{email} {tags}" in said
    assert len(said) == 2


def test_a_column_that_holds_no_class_any_more_loses_its_tags(entries):
    withdrawn = {"crm/public.customers#id": (EMAIL,), "crm/events#items[].note": (CARD,), "crm/events#buyer": (CARD,)}
    customers = [entry for entry in entries if entry.dataset in {"public.customers", "events"}]

    said = altered(told(customers, "snowflake", withdrawn=withdrawn), "snowflake")
    unset = [f"UNSET TAG datakeep_{name}" for name in ("class", "sensitivity", "status")]
    assert {f'ALTER TABLE "CRM"."PUBLIC"."CUSTOMERS" MODIFY COLUMN "ID" {one}' for one in unset} <= set(said)
    assert {f'ALTER TABLE "CRM"."EVENTS" MODIFY COLUMN "ITEMS" {one}' for one in unset} <= set(said)
    assert f'ALTER TABLE "CRM"."EVENTS" MODIFY COLUMN "BUYER" {unset[0]}' not in said  # buyer.card is in it

    said = altered(told(customers, "databricks", withdrawn=withdrawn), "databricks")
    column = "ALTER TABLE `crm`.`public`.`customers` ALTER COLUMN `id`"
    assert said.index(
        f"{column} SET TAGS ('datakeep_class' = '', 'datakeep_sensitivity' = '', 'datakeep_status' = '')"
    ) < said.index(f"{column} UNSET TAGS ('datakeep_class', 'datakeep_sensitivity', 'datakeep_status')")


def test_the_catalog_knows_which_classes_it_held_once(catalog, template, bo, tmp_path):
    template(catalog)
    tell = lambda **which: catalog.exchange("snowflake", tmp_path, now=day(5), **which)[0].read_text()  # noqa: E731
    assert "UNSET" not in tell()
    catalog.reject([EMAIL_ID], bo, now=day(2))

    assert 'MODIFY COLUMN "EMAIL" UNSET TAG datakeep_class' in tell(sources=["crm"])
    assert "UNSET" not in tell(as_of=day(1))
    catalog.undo([EMAIL_ID], bo, now=day(3))
    assert "UNSET" not in tell()


@pytest.mark.parametrize("name", ["snowflake", "databricks"])
def test_a_warehouse_is_told_nothing_of_files(entries, name):
    assert told(entries, name, {"crm": Place("s3", folder="lake/raw/")}) == {}


def test_dbt_takes_a_file_for_one_table_and_quotes_what_is_no_plain_name(email_entry):
    file = dataclasses.replace(email_entry, dataset="a.b/v1.2.parquet", field="buyer.email")
    ((_, text),) = told([file], "dbt", {"crm": Place("file", folder="")}).items()
    document = yaml.safe_load(text)
    check(document, "dbt-yml.json")
    (source,) = document["sources"]
    (table,) = source["tables"]
    assert (source["name"], table["name"], table["quoting"]) == ("crm", "a.b/v1.2.parquet", {"identifier": True})
    assert table["columns"][0]["quote"] is True

    odd = dataclasses.replace(email_entry, dataset='prod."a.b"."odd ""name"""')
    ((_, text),) = told([odd], "dbt").items()
    document = yaml.safe_load(text)
    check(document, "dbt-yml.json")
    (source,) = document["sources"]
    assert (source["name"], source["schema"], source["database"]) == ("crm_prod_a.b", "a.b", "prod")
    assert source["tables"][0]["name"] == 'odd "name"'


LEXERS = {name: Lexer(config=FluffConfig(overrides={"dialect": name})) for name in ("snowflake", "databricks")}


def kinds(name, text):
    tokens, errors = LEXERS[name].lex(text)
    assert errors == []
    return [one.get_type() for one in tokens if not one.is_meta]


@pytest.mark.parametrize("name", LEXERS)
@given(field=st.text(alphabet=st.one_of(st.sampled_from("\"'`;-/*\\ \n."), st.characters()), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_name_gets_out_of_its_quotes(name, field, email_entry):
    tell = lambda field: told([dataclasses.replace(email_entry, field=field)], name)[f"crm.{name}.sql"]  # noqa: E731
    text = tell(field)

    if "-- not tagged" in text:
        assert steers(field) or "\\" in field
    else:
        assert kinds(name, text) == kinds(name, tell("x"))


def test_sarif_is_of_the_standard_and_the_worst_comes_first(entries):
    log = json.loads(told(entries, "sarif")["datakeep.sarif"])

    check(log, "sarif-2.1.0.json")
    (run,) = log["runs"]
    assert [one["ruleId"] for one in run["results"]] == [CARD, CARD, EMAIL, EMAIL, EMAIL]
    assert [one["level"] for one in run["results"]] == ["error", "error", "warning", "warning", "warning"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    assert len({one["partialFingerprints"]["datakeepEntry/v1"] for one in run["results"]}) == 5


def test_sarif_holds_at_most_what_is_taken_of_one_run(entries, monkeypatch):
    monkeypatch.setattr("catalog.exchange.sarif.PER_RUN", 2)
    log = json.loads(told(entries, "sarif")["datakeep.sarif"])

    assert [len(run["results"]) for run in log["runs"]] == [2, 2, 1]
    assert len({run["automationDetails"]["id"] for run in log["runs"]}) == 3


def test_a_tool_that_nothing_exports_to_is_named_with_those_there_are():
    with pytest.raises(CatalogError, match="nothing exports to excel") as refused:
        exporter("excel")
    assert "snowflake" in refused.value.__notes__[0]


@pytest.mark.parametrize("name", exporters())
def test_no_export_moves_a_cursor_or_turns_the_reading_direction(entries, name):
    text = "".join(told(entries, name).values())

    assert not {sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n"}


def test_every_class_of_ours_has_a_category_that_fides_knows():
    assert category(OWN) == CARD
    assert all(category(key) for key in Taxonomy.load().keys())  # noqa: SIM118 - a taxonomy iterates over its classes
    assert category("hobby.x") == ""


@pytest.mark.parametrize("name", exporters())
def test_an_export_holds_no_evidence_and_no_value(entries, name):
    text = "".join(told(entries, name).values())

    assert "aa@aa.aa" not in text
    assert "matched" not in text


@pytest.mark.parametrize("name", exporters())
def test_an_export_of_nothing_is_nothing(name):
    assert "".join(told([], name).values()) == ""
