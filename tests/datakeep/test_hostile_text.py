"""Names, owners, purposes and reasons that would steer a terminal, start a formula or be markup: harmless everywhere."""

import csv
import io
import json
import unicodedata

import pytest

from catalog import Catalog, Ownership, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy
from datakeep.cli.render import FORMULA_STARTS

EMAIL, NAME = "user.contact.email", "user.name"
STEERING = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202egnp.exe\u2066 \x00 \u200b \r\n [/red] <script>alert(1)</script> | `x`"
FORMULAS = ("=1+1", "\t=1", "\r=1", " =1", "\uff1d1", "+1", "-1", "@x", '=HYPERLINK("http://x.example","y")')
FIELDS = (STEERING, *FORMULAS)
HOSTILE = unit(f"public.{STEERING}", FIELDS)
PRINTING = (
    ["catalog", "list", "--all"],
    ["catalog", "show", "crm/*"],
    ["catalog", "search", "public"],
    ["catalog", "coverage"],
    ["catalog", "coverage", "--map"],
    ["catalog", "diff"],
    ["catalog", "replay", "--threshold", "user.contact=0.99"],
    ["review", "list"],
    ["review", "next"],
    ["review", "stats"],
    ["report", "ropa"],
    ["report", "coverage"],
    ["report", "gaps"],
    ["run", "list"],
    ["run", "show", "1"],
    ["config", "show"],
)
DECIDING = (
    ["review", "accept", "crm/*"],
    ["review", "reject", "crm/*"],
    ["review", "reclassify", "crm/*", "--class", NAME],
    ["review", "assign", "crm/*", "--owner", STEERING, "--purpose", STEERING],
    ["review", "mute", "crm/*", "--until", "2099-01-01"],
    ["review", "undo", "crm/*"],
)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "datakeep.yaml").write_text(
        "version: 1\npeople:\n  - {name: sam, roles: [steward]}\nreview: {second_person: never}\n"
        f"purposes: {{{json.dumps(STEERING)}: {{title: {json.dumps(STEERING)}, recipients: {json.dumps(FORMULAS[0])}}}}}\n"
        f"controller: {{name: {json.dumps(STEERING)}}}\n"
    )
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    content = {HOSTILE: dict.fromkeys(FIELDS, (EMAIL,))}
    record_run(catalog, day(1), content, owner=STEERING, purpose=(STEERING, FORMULAS[0]))
    catalog.reclassify([f"{HOSTILE}#{STEERING}"], [NAME], Word(STEERING, STEERING), now=day(1, 5),
                       said=Ownership(FORMULAS[0], (STEERING,)))  # fmt: skip
    record_run(catalog, day(2), content, owner=STEERING, purpose=(STEERING, FORMULAS[0]))
    return folder


@pytest.fixture
def hostile(folder, made_once):
    for path in made_once.rglob("*"):
        place = folder / path.relative_to(made_once)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            place.write_bytes(path.read_bytes())
    return folder


def assert_harmless(text):
    steering = {sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n"}
    assert steering == set()


def assert_no_formula(text):
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            start = unicodedata.normalize("NFKC", cell.lstrip())[:1]
            assert start not in FORMULA_STARTS or not start, cell


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_nothing_that_a_command_prints_steers_or_calculates(call, hostile, command, form):
    called = call("--as", "sam", *command, "--format", form)

    assert called.code == 0, called.err
    assert called.out
    assert_harmless(called.out + called.err)
    if form == "csv":
        assert_no_formula(called.out)


@pytest.mark.parametrize("form", ["table", "csv"])
@pytest.mark.parametrize("command", DECIDING, ids=" ".join)
def test_nothing_that_a_decision_prints_steers_or_calculates(call, hostile, command, form):
    called = call("--as", "sam", *command, "--reason", STEERING, "--format", form)

    assert called.code == 0, called.err
    assert called.out.count("\n") > 1
    assert_harmless(called.out + called.err)
    if form == "csv":
        assert_no_formula(called.out)


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_an_explanation_shows_hostile_reasons_as_text(call, hostile, form):
    called = call("catalog", "explain", f"{HOSTILE}#{STEERING}", "--format", form)

    assert called.code == 0
    assert "script" in called.out
    assert_harmless(called.out + called.err)


def test_the_record_of_processing_is_markdown_without_markup_from_names(call, hostile):
    called = call("report", "ropa")

    assert_harmless(called.out)
    assert "<script>" not in called.out
    assert r"\<script\>" in called.out
    assert sum(line.startswith("# ") for line in called.out.splitlines()) == 1


@pytest.mark.parametrize("name", ["datahub", "databricks", "dbt", "fides", "odcs", "openlineage", "openmetadata", "sarif", "snowflake"])  # fmt: skip
def test_no_export_steers(call, hostile, name):
    called = call("catalog", "export", "--to", name, "--out", "out", "--format", "json")

    assert called.code == 0
    assert_harmless(called.out + called.err)
    for item in called.items:
        assert_harmless((hostile / item["file"]).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "typed",
    [
        ["catalog", "show", STEERING],
        ["catalog", "export", "--to", "snowflake", "--format", STEERING],
        ["review", "list", "--class", STEERING],
        ["run", "show", STEERING],
        ["--as", STEERING, "review", "undo", "crm/*"],
        ["catalog", "replay", "--threshold", STEERING],
        ["catalog", "import", STEERING.replace("\x00", "")],
        [STEERING],
    ],
    ids=lambda typed: " ".join(typed[:-1]) or "a command",
)
def test_what_somebody_typed_is_named_and_does_not_steer(call, hostile, typed):
    called = call(*typed)

    assert called.code == 2
    assert called.err
    assert_harmless(called.out + called.err)
