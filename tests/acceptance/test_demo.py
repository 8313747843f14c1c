"""The demo does the whole job, and the second time it finds nothing changed."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

SOURCES = ("shop", "lake", "exports", "web", "app")


def ask(demo, *words):
    program = Path(sys.executable).with_name("datakeep")
    ran = subprocess.run(
        [program, *words, "--format", "json"], cwd=demo.folder, capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)["items"]


def test_the_demo_ends_well(demo):
    assert demo.code == 0, demo.out + demo.err
    assert "Traceback" not in demo.err


@pytest.mark.parametrize("source", SOURCES)
def test_the_demo_says_what_it_found_in_each_source(demo, source):
    with (demo.folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = sum(row["entry"].startswith(f"{source}/") for row in csv.DictReader(file))
    assert f" of {expected} expected" in next(
        line for line in demo.out.splitlines() if line.strip().startswith(f"{source}: found")
    )


@pytest.mark.parametrize(
    ("command", "state"),
    [("review accept", "confirmed"), ("request create", "approved"), ("request create", "denied"), ("grant read", "expired"),
     ("audit verify", "verified")],
)  # fmt: skip
def test_the_demo_shows_the_step(demo, command, state):
    assert command in demo.out
    assert state in demo.out + demo.err


def test_neighbours_of_what_was_granted_are_masked(demo):
    row = next(line for line in demo.out.splitlines() if "ebba.hassan@example.com" in line)
    assert "Ebba " not in row
    assert "Hassan " not in row


def test_every_field_of_every_unit_is_accounted_for(demo):
    fields = {entry["id"] for entry in ask(demo, "catalog", "list", "--all")}
    assert {"shop/customers#email_count", "shop/newsletter_imports#email", "shop/customers#fax"} <= fields
    coverage = {entry["id"]: entry["coverage"] for entry in ask(demo, "catalog", "list", "--all")}
    assert coverage["shop/newsletter_imports#email"] == "not_examined"
    assert coverage["shop/customers#email_count"] == "examined"


def test_the_export_is_read_by_duckdb_as_it_is(demo):
    events = duckdb.read_parquet(f"{demo.folder}/audit-export/events/*/*.parquet")
    assert any(name.startswith("grant.") for (name,) in events.project("type").distinct().fetchall())


def test_a_second_demo_finds_nothing_changed(demo, demo_again):
    assert demo_again.code == 0, demo_again.out + demo_again.err
    first, second = sorted(ask(demo, "run", "list"), key=lambda run: run["started"])[:2]
    assert first["units"]["done"] == first["units"]["total"] > 15
    assert second["units"]["unchanged"] == second["units"]["total"] == first["units"]["total"]
