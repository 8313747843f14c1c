import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

SETTINGS = "sources:\n  - {name: shop, url: 'sqlite:///shop.db', owner: team-shop, purpose: [support]}\n"
SHOP = """
create table customers (id integer primary key, email text);
insert into customers (email) values ('someone@example.org'), ('another@example.org');
create table figures (id integer primary key, total integer);
insert into figures (total) values (12), (31);
"""


@pytest.fixture
def project(folder):
    with sqlite3.connect(folder / "shop.db") as database:
        database.executescript(SHOP)
    database.close()
    (folder / "datakeep.yaml").write_text(SETTINGS)
    return folder


def test_a_scan_prints_the_run_with_the_contracts_keys(project, call):
    (run,) = call("scan", "--format", "json").items

    assert set(run) >= {
        "run_id", "status", "started", "ended", "units", "fields", "entries", "rows", "values", "bytes", "errors",
    }  # fmt: skip
    assert run["status"] == "complete"
    assert run["units"] == {"total": 2, "done": 2, "failed": 0, "skipped": 0, "unchanged": 0}
    assert set(run["fields"]) == {"examined", "partial", "not_examined"}
    assert set(run["entries"]) == {"total", "new", "changed", "gone"}


def test_results_go_to_stdout_and_talk_to_stderr(project, call):
    called = call("scan", "--format", "json")

    assert "shop/customers: done" in called.err
    assert "shop/customers: done" not in called.out


def test_a_gate_is_met_by_the_class_and_by_its_parents(project, call):
    assert call("scan", "--fail-on", "user.contact.email").code == 1
    assert call("scan", "--fail-on", "user.contact").code == 1
    assert call("scan", "--fail-on", "user.financial").code == 0


def test_a_gate_on_a_class_that_does_not_exist_is_a_usage_error(project, call):
    assert call("scan", "--fail-on", "user.emial").code == 2


def test_a_plan_says_what_would_be_read_and_makes_no_catalog(project, call):
    called = call("scan", "--plan", "--format", "json")

    assert {(item["dataset"], item["action"]) for item in called.items} == {
        ("customers", "sample"),
        ("figures", "sample"),
    }
    assert not (project / ".datakeep" / "catalog.duckdb").exists()


def test_an_entry_inherits_its_sources_owner_and_purpose(project, call):
    assert call("scan").code == 0
    (entry,) = call("catalog", "list", "--format", "json").items

    assert (entry["owner"], entry["purpose"]) == ("team-shop", ["support"])


def test_several_workers_find_the_same(project, call):
    assert call("scan", "--workers", "2").code == 0

    assert [item["id"] for item in call("catalog", "list", "--format", "json").items] == ["shop/customers#email"]


def test_an_interrupted_scan_says_how_to_go_on(project, call):
    with sqlite3.connect(project / "shop.db") as database:
        database.executescript("".join(f"create table t{number} as select * from customers;" for number in range(200)))
    database.close()
    command = [sys.executable, "-m", "datakeep", "scan"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=os.environ
    ) as scan:
        while "done" not in scan.stderr.readline():
            time.sleep(0.01)
        scan.send_signal(signal.SIGINT)
        said = scan.stderr.read()

    assert scan.returncode == 130
    assert "`datakeep scan --resume run-1` goes on" in said
    (run,) = call("run", "list", "--format", "json").items
    assert run["status"] == "interrupted"
    (resumed,) = call("scan", "--resume", "run-1", "--format", "json").items
    assert (resumed["run_id"], resumed["status"], resumed["units"]["done"]) == ("run-1", "complete", 202)
