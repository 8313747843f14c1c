import sqlite3

import pytest

RULES = """
version: 1
rules:
  - name: loyalty_number
    class: user.account
    pattern: 'LOY-[0-9]{8}'
    positive: [LOY-12345678]
    negative: [LOY-1234]
"""


@pytest.fixture
def project(folder):
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("create table cards (id integer primary key, code text)")
        database.executemany("insert into cards (code) values (?)", [(f"LOY-{number:08}",) for number in range(40)])
    database.close()
    (folder / "rules.yaml").write_text(RULES)
    (folder / "datakeep.yaml").write_text("rules: rules.yaml\nsources: [{name: shop, url: 'sqlite:///shop.db'}]\n")
    return folder


def test_a_rule_of_the_users_own_classifies_a_field(project, call):
    assert call("scan").code == 0
    (entry,) = call("catalog", "list", "--format", "json").items

    assert (entry["id"], entry["class"], entry["entity"]) == (
        "shop/cards#code",
        "user.account",
        "CUSTOM_LOYALTY_NUMBER",
    )


def test_a_changed_rule_looks_again_at_unchanged_tables(project, call):
    assert call("scan").code == 0
    (project / "rules.yaml").write_text(RULES.replace("user.account", "user.name"))
    (run,) = call("scan", "--format", "json").items

    assert run["units"]["done"] == 1


def test_validating_runs_the_examples(project, call):
    assert call("config", "validate").code == 0
    (project / "rules.yaml").write_text(RULES.replace("LOY-1234]", "LOY-12345670]"))
    called = call("config", "validate")

    assert called.code == 2
    assert "loyalty_number" in called.err
    assert "Traceback" not in called.err


def test_a_pattern_that_could_stall_a_scan_is_refused(project, call):
    (project / "rules.yaml").write_text(RULES.replace("LOY-[0-9]{8}", "(?=LOY)[A-Z0-9-]+"))
    called = call("scan")

    assert called.code == 2
    assert "loyalty_number" in called.err
