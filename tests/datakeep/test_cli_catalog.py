import json

import duckdb
import pytest

from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

EMAIL, CARD = "user.contact.email", "user.financial.credit_card"
CUSTOMERS, ORDERS = unit(fingerprint="v1"), unit("public.orders", ("card", "email"))
SETTINGS = """
version: 1
people:
  - {name: ana, groups: [support]}
  - {name: bo, groups: [privacy], roles: [steward]}
  - {name: cy, roles: [steward]}
"""
ENTRY = "crm/public.customers#email"


@pytest.fixture
def filled(folder):
    (folder / "datakeep.yaml").write_text(SETTINGS)
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    record_run(
        catalog, day(1), {CUSTOMERS: {"id": (), "email": (EMAIL,)}, ORDERS: {"card": (CARD,), "email": (EMAIL,)}}
    )
    return catalog


def test_without_a_catalog_every_reading_command_says_where_it_looked(call):
    for words in (["catalog", "list"], ["catalog", "coverage"], ["review", "list"], ["run", "list"]):
        called = call(*words)
        assert called.code == 2
        assert called.err.splitlines()[0].startswith("error: no catalog at ")
        assert "`datakeep scan` makes one" in called.err


def test_list_prints_the_contracts_keys(call, filled):
    item = call("catalog", "list", "--class", "user.contact", "--dataset", "public.c*", "--format", "json").items[0]

    assert item["id"] == ENTRY
    assert item["class"] == EMAIL
    assert item["classes"] == [{"class": EMAIL, "entity": "EMAIL", "confidence": 0.9, "mode": "value"}]
    assert item["status"] == "proposed"
    assert item["coverage"] == "examined"
    assert item["sensitivity"] == "medium"


@pytest.mark.parametrize(
    ("flags", "count"),
    [
        ([], 3),
        (["--all"], 4),
        (["--source", "crm", "--dataset", "public.o*"], 2),
        (["--status", "none"], 1),
        (["--status", "proposed"], 3),
        (["--min-confidence", "0.95"], 0),
        (["--as-of", "2026-10-31"], 0),
        (["--as-of", "2026-11-01"], 3),
        (["--as-of", "2026-11-01T00:30+01:00"], 0),
    ],
)
def test_list_keeps_to_its_flags(call, filled, flags, count):
    called = call("catalog", "list", *flags, "--format", "json")

    assert len(called.items) == count
    assert called.code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["catalog", "list", "--class", "user.contact.emial"], "no class user.contact.emial"),
        (["catalog", "list", "--as-of", "yesterday"], "a time reads"),
        (["catalog", "show", "crm/nope#x"], "no entry crm/nope#x"),
        (["catalog", "explain", "lake/*"], "no entry lake/*"),
        (["catalog", "diff"], "there are not two runs"),
        (["catalog", "diff", "run-1", "run-9"], "no run run-9"),
        (["run", "show", "9"], "no run 9"),
        (["--as", "bo", "review", "accept", "lake/*"], "no entry lake/*"),
        (["--as", "bo", "review", "accept", "crm/public.customers#id"], "nothing is proposed for"),
        (["--as", "bo", "review", "undo", ENTRY], "nobody decided on"),
        (["--as", "bo", "review", "assign", ENTRY], "say --owner, --purpose or both"),
        (["--as", "bo", "review", "reclassify", ENTRY, "--class", "user.x"], "no class user.x"),
    ],
)
def test_what_is_not_there_is_one_line_and_exit_code_2(call, filled, words, said):
    called = call(*words)

    assert called.code == 2
    assert said in called.err
    assert "Traceback" not in called.err


def test_only_a_steward_decides(call, filled):
    called = call("--as", "ana", "review", "accept", ENTRY)

    assert called.code == 4
    assert "error: ana is no steward" in called.err
    assert filled.entry(ENTRY).status == "proposed"


def test_a_steward_decides_from_the_command_line(call, filled):
    called = call("--as", "bo", "review", "accept", ENTRY, "--owner", "team-crm", "--purpose", "support", "--reason", "ok",
                  "--format", "json")  # fmt: skip

    (item,) = called.items
    assert (item["status"], item["owner"], item["purpose"], item["decided_by"]) == (
        "confirmed", "team-crm", ["support"], "bo")  # fmt: skip
    assert call("--as", "bo", "review", "undo", ENTRY, "--format", "json").items[0]["status"] == "proposed"
    assert call("--as", "bo", "review", "reject", ENTRY, "--format", "json").items[0]["status"] == "rejected"
    changed = call("--as", "bo", "review", "reclassify", ENTRY, "--class", CARD, "--format", "json").items[0]
    assert changed["class"] == CARD
    assert call("--as", "bo", "review", "assign", ENTRY, "--owner", "x", "--format", "json").items[0]["owner"] == "x"


def test_believing_less_of_the_most_sensitive_takes_two(call, filled):
    card = "crm/public.orders#card"
    asked = call("--as", "bo", "review", "reject", card, "--format", "json")

    assert asked.code == 8
    assert (asked.items[0]["status"], asked.items[0]["class"]) == ("proposed", CARD)
    assert "1 of 1 wait for a second person" in asked.err
    assert "bo asks a second person" in call("review", "list").out
    assert call("--as", "bo", "review", "second", card).code == 2
    agreed = call("--as", "cy", "review", "second", card, "--format", "json")
    assert (agreed.code, agreed.items[0]["status"]) == (0, "rejected")


def test_what_is_muted_is_asked_about_later(call, filled):
    call("--as", "bo", "review", "mute", "crm/*", "--until", "2999-01-01", "--reason", "later")
    assert call("review", "list", "--format", "json").items == []

    call("--as", "bo", "review", "undo", "crm/*")
    assert len(call("review", "list", "--format", "json").items) == 2


def test_a_decision_that_ran_out_is_asked_about_again(call, filled):
    filled.accept([ENTRY], Word("bo", valid_until=day(3)), now=day(2))
    assert filled.entry(ENTRY).status == "confirmed"
    listed = call("review", "list", "--format", "json").items

    assert ENTRY in [entry for item in listed for entry in item["entries"]]


@pytest.mark.parametrize(
    ("keys", "statuses"),
    [
        (
            "sa",
            {
                "public.orders#card": "proposed",
                "public.orders#email": "confirmed",
                "public.customers#email": "confirmed",
            },
        ),
        (
            "ar",
            {
                "public.orders#card": "confirmed",
                "public.orders#email": "rejected",
                "public.customers#email": "rejected",
            },
        ),
        (
            "q",
            {"public.orders#card": "proposed", "public.orders#email": "proposed", "public.customers#email": "proposed"},
        ),
        ("yq", {"public.orders#card": "proposed"}),  # nothing waits for a second person: said, and gone on
    ],
)
def test_one_key_decides_a_whole_cluster(call, filled, monkeypatch, keys, statuses):
    pressed = iter(keys)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("click.getchar", lambda: next(pressed))

    assert call("--as", "bo", "review", "next").code == 0
    assert {name: str(filled.entry(f"crm/{name}").status) for name in statuses} == statuses


def test_the_queue_and_its_next_item(call, filled):
    listed = call("review", "list", "--format", "json").items
    following = call("review", "next", "--format", "json").items

    assert [item["count"] for item in listed] == [1, 2]
    assert following == listed[:1]
    assert following[0]["class"] == CARD


def test_stats_say_how_far_the_review_is(call, filled):
    call("--as", "bo", "review", "accept", ENTRY)

    (item,) = call("review", "stats", "--format", "json").items
    assert item["statuses"] == {"confirmed": 1, "none": 1, "proposed": 2}
    assert item["waiting"] == 2


def test_explain_shows_the_evidence(call, filled):
    (item,) = call("catalog", "explain", ENTRY, "--format", "json").items

    assert item["evidence"][0]["detector"] == "pattern"
    assert (item["evidence"][0]["matched"], item["evidence"][0]["examined"]) == (8, 9)
    assert item["coverage"]["rows"] == 10
    assert [change["kind"] for change in item["changes"]] == ["new"]
    assert "pattern" in call("catalog", "explain", ENTRY).out


def test_a_run_tells_what_it_counted_and_changed(call, filled):
    record_run(filled, day(2), {CUSTOMERS: {"id": (EMAIL,), "email": (EMAIL,)}})

    first, second = call("run", "list", "--format", "json").items
    (shown,) = call("run", "show", "2", "--format", "json").items
    assert first["units"] == {"total": 2, "done": 2, "unchanged": 0, "failed": 0, "skipped": 0}
    assert first["entries"] == {"total": 3, "new": 3, "changed": 0, "gone": 0}
    assert second["entries"] == {"total": 2, "new": 1, "changed": 0, "gone": 2}
    assert (first["rows"], first["values"], first["bytes"], first["errors"]) == (20, 40, 60, [])
    assert {change["kind"] for change in shown["changes"]} == {"found", "gone"}
    diffed = call("catalog", "diff", "--format", "json").items
    assert [(change["id"], change["kind"]) for change in diffed] == [
        (change["id"], change["kind"]) for change in shown["changes"]
    ]


def test_a_replay_shows_first_and_only_a_steward_applies_it(call, filled):
    shown = call("catalog", "replay", "--threshold", "user.contact=0.95", "--format", "json")
    assert {(item["kind"], item["before"]) for item in shown.items} == {("unseen", EMAIL)}
    assert len(filled.entries()) == 3

    assert call("--as", "ana", "catalog", "replay", "--threshold", "user=0.95", "--apply").code == 4
    assert call("--as", "bo", "catalog", "replay", "--threshold", "user.contact=0.95", "--apply").code == 0
    assert len(filled.entries()) == 1
    assert call("--as", "bo", "catalog", "replay", "--threshold", "user.contact=none", "--apply").code == 0
    assert len(filled.entries()) == 3


@pytest.mark.parametrize("text", ["user.contact", "user.contact=2", "user.contact=x", "user.nope=0.5"])
def test_a_threshold_that_is_none_is_a_usage_error(call, filled, text):
    assert call("catalog", "replay", "--threshold", text).code == 2


def test_search_coverage_and_show_answer(call, filled):
    assert [item["id"] for item in call("catalog", "search", "EMAIL", "customers", "--format", "json").items] == [ENTRY]
    (row, _) = call("catalog", "coverage", "--format", "json").items
    assert (row["dataset"], row["examined"], row["classified"], row["classes"]) == (
        "public.customers",
        2,
        1,
        {EMAIL: 1},
    )
    assert call("catalog", "show", ENTRY, "--format", "jsonl").out == json.dumps(
        json.loads(call("catalog", "show", ENTRY, "--format", "jsonl").out)) + "\n"  # fmt: skip
    assert "user.contact.email" in call("catalog", "show", ENTRY).out


def test_the_export_is_parquet_that_duckdb_reads(call, filled, folder):
    assert call("catalog", "export", "--to", "out").code == 0

    found = duckdb.read_parquet(str(folder / "out" / "entries.parquet"))
    assert found.aggregate("count(*), count(class)").fetchall() == [(4, 3)]


@pytest.mark.parametrize(
    ("name", "file"),
    [("dbt", "crm.yml"), ("odcs", "crm.odcs.yaml"), ("openlineage", "openlineage.jsonl"), ("fides", "crm.yml")],
)
def test_an_export_in_another_tools_words_is_a_file_that_names_the_class(call, filled, folder, name, file):
    called = call("catalog", "export", "--to", name, "--out", f"for/{name}", "--format", "json")

    assert called.items[0]["file"] == f"for/{name}/{file}"
    assert EMAIL in (folder / "for" / name / file).read_text()


def test_decisions_come_from_a_csv_file_all_or_none(call, filled, folder):
    rows = f"id,action,class,reason,owner,purpose\n{ENTRY},accept,,seen,ana,care billing\ncrm/public.orders#email,reclassify,user.name,,,\n"
    (folder / "good.csv").write_text(rows, encoding="utf-8-sig")
    (folder / "bad.csv").write_text(rows + "crm/nope#x,reject,,,,\n")

    failed = call("--as", "bo", "catalog", "import", "bad.csv")
    assert (failed.code, filled.entry(ENTRY).status) == (2, "proposed")
    assert "no entry crm/nope#x" in failed.err
    items = {item["id"]: item for item in call("--as", "bo", "catalog", "import", "good.csv", "--format", "json").items}
    assert (items[ENTRY]["status"], items[ENTRY]["owner"], items[ENTRY]["purpose"]) == (
        "confirmed",
        "ana",
        ["care", "billing"],
    )
    assert filled.explain(ENTRY).judgements[0].reason == "seen"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,action\nx#y,confirm\n", "bad.csv:2: an action is accept, reject, reclassify, assign"),
        ("id,action,klass\n", "bad.csv:1: the columns are"),
        ("action\naccept\n", "bad.csv:1: the columns are"),
        ("", "bad.csv:1: the columns are"),
        ("id,action\n,accept\n", "bad.csv:2: the id is missing"),
        ("id,action,class\nx#y,accept,user.name\n", "bad.csv:2: a class goes with reclassify"),
        ("id,action\nx#y,reclassify\n", "bad.csv:2: a class goes with reclassify"),
        ("id,action\nx#y,assign\n", "bad.csv:2: assign needs an owner or a purpose"),
        ("id,action\n\udcff,accept\n", "bad.csv cannot be read as CSV in UTF-8"),
    ],
)
def test_a_row_that_cannot_be_understood_is_named_by_its_line(call, filled, folder, text, said):
    (folder / "bad.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    called = call("--as", "bo", "catalog", "import", "bad.csv")

    assert called.code == 2
    assert said in called.err


def test_a_backup_is_a_catalog(call, filled, folder):
    called = call("catalog", "backup", "kept/monday.duckdb", "--format", "json")

    assert (called.code, called.items[0]["faults"]) == (0, [])
    assert Catalog(folder / "kept" / "monday.duckdb", filled.taxonomy).entries() == filled.entries()


def test_a_backup_of_a_catalog_with_a_fault_says_so(call, filled, folder):
    with duckdb.connect(str(filled.path)) as inner:
        inner.execute("DELETE FROM runs")
    called = call("catalog", "backup", "monday.duckdb", "--format", "json")

    assert called.code == 1
    assert called.items[0]["faults"] == ["a look belongs to no run (2 times)"]


def test_an_export_to_where_nobody_can_write_says_so(call, filled, folder):
    (folder / "taken").write_text("")
    called = call("catalog", "export", "--to", "taken/deeper")

    assert called.code == 2
    assert "taken/deeper cannot be written" in called.err


def test_hostile_names_cannot_steer_a_terminal_or_a_spreadsheet(call, filled):
    record_run(filled, day(2), {unit("=cmd|' /C calc'!A1\x1b[31m\u202e", ("[red]",)): {"[red]": (EMAIL,)}})

    table = call("catalog", "list").out
    assert not {"\x1b", "\u202e"} & set(table)
    assert "[red]" in table
    cells = call("catalog", "list", "--format", "csv").out
    assert "'=cmd" in cells
    assert not {"\x1b", "\u202e"} & set(cells)


@pytest.mark.parametrize(
    "words",
    [
        ["catalog", verb]
        for verb in ("list", "show", "search", "coverage", "diff", "export", "explain", "replay", "import")
    ]
    + [
        ["review", verb]
        for verb in ("list", "accept", "reject", "reclassify", "assign", "undo", "second", "mute", "next", "stats")
    ]
    + [["run", verb] for verb in ("list", "show")],
)
def test_every_verb_has_examples_in_its_help(call, words):
    called = call(*words, "--help")

    assert called.code == 0
    assert "Examples:\n    datakeep " in called.out
    assert f" {' '.join(words)}" in called.out.partition("Examples:")[2]
