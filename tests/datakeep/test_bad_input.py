"""What bad input gets: a line that names what the user named, a true hint, the contract's exit code, and nothing lost."""

import sqlite3
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PEOPLE = """
people:
  - {name: ana, groups: [support]}
  - {name: bo, groups: [privacy], roles: [approver, steward]}
"""
POLICIES = """
version: 1
defaults: {reason: {min_chars: 12}, duration: {min: 5m, default: 1h, max: 2h}}
approvers:
  privacy: {groups: [privacy]}
rules:
  - id: support-contact
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.contact.email]}
    approvals: [{of: privacy, n: 1}]
"""


def shop(path):
    with sqlite3.connect(path) as database:
        database.execute("create table customers (id integer primary key, email text, city text)")
        database.executemany(
            "insert into customers (email, city) values (?, ?)",
            [(f"person{number}@example.org", "Utrecht") for number in range(40)],
        )
    database.close()


@pytest.fixture
def project(folder):
    """A shop that scans well, so that everything else can go wrong beside it."""
    shop(folder / "shop.db")
    (folder / "policies.yaml").write_text(POLICIES)
    settings = folder / "datakeep.yaml"
    settings.write_text("version: 1\nsources:\n  - {name: shop, url: 'sqlite:///shop.db'}\n" + PEOPLE)
    return folder


def add_source(project, line):
    settings = project / "datakeep.yaml"
    settings.write_text(settings.read_text().replace("sources:\n", f"sources:\n  - {line}\n"))


def ask(call, *, who="ana", of="user.contact.email", time="1h"):
    """Ask for access to a class."""
    return call("--as", who, "request", "create", "--class", of, "--for", time, "--reason", "SUP-7 locked out")


def assert_said(called, code, *words):
    """One line that names what the user named, hints on lines of their own, and never a traceback."""
    assert called.code == code
    lines = called.err.splitlines()
    assert any(line.startswith("error: ") and all(word in line for word in words) for line in lines), called.err
    assert "Traceback" not in called.err


def assert_the_shop_was_scanned(call):
    found = {item["id"]: item["class"] for item in call("catalog", "list", "--format", "json").items}
    assert found["shop/customers#email"] == "user.contact.email"


def test_a_missing_database_file_is_named_and_the_rest_is_scanned(project, call):
    add_source(project, "{name: crm, url: 'sqlite:///nowhere.db'}")

    assert_said(call("scan"), 3, "nowhere.db")
    assert not (project / "nowhere.db").exists()
    assert_the_shop_was_scanned(call)


def test_a_missing_folder_is_named_and_the_rest_is_scanned(project, call):
    add_source(project, "{name: drops, url: 'file:./nowhere/'}")

    assert_said(call("scan"), 3, "nowhere")
    assert_the_shop_was_scanned(call)


def test_a_file_that_is_no_database_is_named_and_the_rest_is_scanned(project, call):
    (project / "crm.db").write_bytes(b"this is no database at all" * 100)
    add_source(project, "{name: crm, url: 'sqlite:///crm.db'}")

    assert_said(call("scan"), 3, "crm")
    assert_the_shop_was_scanned(call)


def test_a_broken_parquet_file_is_not_examined_and_its_neighbours_are(project, call):
    drops = project / "drops"
    drops.mkdir()
    (drops / "broken.parquet").write_bytes(b"PAR1 and then nothing of the kind PAR1")
    pq.write_table(pa.table({"email": [f"p{number}@example.net" for number in range(30)]}), drops / "good.parquet")
    add_source(project, "{name: drops, url: 'file:./drops/'}")

    assert_said(call("scan"), 3, "broken.parquet")
    found = {item["id"] for item in call("catalog", "list", "--source", "drops", "--format", "json").items}
    assert found == {"drops/good.parquet#email"}


@pytest.mark.usefixtures("postgres")
def test_a_wrong_password_is_said_without_quoting_it_and_the_rest_is_scanned(project, call, postgres, monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "wrong-horse-battery")
    add_source(
        project,
        f"{{name: crm, url: 'postgresql://{postgres.user}@{postgres.host}:{postgres.port}/postgres', "
        "password: '${env:CRM_PASSWORD}'}",
    )
    called = call("scan")

    assert_said(called, 3, "crm")
    assert "wrong-horse" not in called.out + called.err
    assert_the_shop_was_scanned(call)


def test_a_secret_that_leads_nowhere_is_named_and_the_rest_is_scanned(project, call, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    add_source(project, "{name: crm, url: 'postgresql://scanner@127.0.0.1:1/crm', password: '${env:NOT_SET}'}")

    assert_said(call("scan"), 3, "NOT_SET")
    assert_the_shop_was_scanned(call)


def test_a_scheme_that_nobody_knows_is_named_with_those_that_are(project, call):
    add_source(project, "{name: crm, url: 'gopher://crm/'}")
    called = call("scan")

    assert_said(called, 3, "gopher")
    assert "hint:  known schemes:" in called.err
    assert_the_shop_was_scanned(call)


def test_an_unknown_key_in_the_settings_is_named_with_its_line(project, call):
    settings = project / "datakeep.yaml"
    settings.write_text(settings.read_text() + "polices: policies.yaml\n")
    called = call("scan")

    assert_said(called, 2, "unknown key polices", f":{len(settings.read_text().splitlines())}:")
    assert "hint:  did you mean policies?" in called.err


def test_an_unknown_key_in_the_policies_is_named_with_its_line(project, call):
    (project / "policies.yaml").write_text(POLICIES.replace("effect: allow", "efect: allow"))
    assert call("scan").code == 0
    called = ask(call)

    assert_said(called, 2, "efect")
    assert "did you mean effect?" in called.err


def test_a_source_that_the_settings_do_not_have_is_named(project, call):
    called = call("scan", "shopp")

    assert_said(called, 2, "shopp")
    assert "hint:  did you mean shop?" in called.err


def test_a_catalog_that_is_not_there_says_how_it_is_made(project, call):
    called = call("catalog", "list")

    assert_said(called, 2, "no catalog at")
    assert "`datakeep scan` makes one" in called.err


def test_a_request_for_a_class_that_does_not_exist_names_the_nearest(project, call):
    assert call("scan").code == 0
    called = ask(call, of="user.contact.emial")

    assert_said(called, 2, "user.contact.emial")
    assert "user.contact.email" in called.err


def test_a_duration_over_the_policys_is_denied_with_the_longest_that_passes(project, call):
    assert call("scan").code == 0
    called = ask(call, time="9h")

    assert called.code == 4
    assert "2h" in called.out + called.err


def test_a_duration_that_is_none_is_a_usage_error(project, call):
    assert call("scan").code == 0
    called = ask(call, time="soon")

    assert called.code == 2
    assert "soon" in called.err


@pytest.mark.parametrize("words", [["request", "list"], ["catalog", "list"], ["audit", "list"], ["scan"]])
def test_a_stranger_is_told_who_is_known_whatever_is_asked(project, call, words):
    called = call("--as", "eve", *words)

    assert_said(called, 2, "eve")
    assert "hint:  it knows ana, bo" in called.err


def test_a_catalog_that_another_process_holds_names_its_holder(project, call):
    assert call("scan").code == 0
    with (project / "datakeep.yaml").open("a") as settings:
        settings.write("catalog: {wait: 0.5}\n")
    script = f"import duckdb, time; held = duckdb.connect({str(project / '.datakeep' / 'catalog.duckdb')!r}); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        called = call("catalog", "list")
        holder.kill()

    assert_said(called, 3, str(holder.pid))
    assert time.monotonic() - began < 10


def test_a_source_that_is_our_own_catalog_is_refused(project, call):
    assert call("scan").code == 0
    add_source(project, "{name: self, url: 'duckdb:///.datakeep/catalog.duckdb'}")
    add_source(project, "{name: record, url: 'sqlite:///.datakeep/ledger.sqlite'}")
    called = call("scan")

    assert_said(called, 3, "self")
