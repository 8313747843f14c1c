import json
import subprocess
import sys
from importlib.metadata import version

import jsonschema
import pytest
import yaml

from datakeep.cli import COMMANDS

HEAVY = ("pandas", "spacy", "presidio_analyzer", "duckdb", "pyarrow", "sqlalchemy", "rich", "pydantic")


def test_help_answers_without_importing_anything_heavy():
    script = (
        "import sys\nfrom datakeep.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"
    assert "datakeep scan" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(call, name):
    called = call(name, "--help")

    assert called.code == 0
    assert "Usage: datakeep" in called.out


def test_an_unknown_command_is_a_usage_error(call):
    called = call("scam")

    assert called.code == 2
    assert "scan" in called.err


def test_the_version_is_the_distributions(call):
    assert call("--version").out.strip() == f"datakeep {version('datakeep')}"


def test_global_flags_work_before_and_after_the_command(call, folder):
    (folder / "other.yaml").write_text("people:\n  - {name: ana}\n")

    before = call("--config", "other.yaml", "config", "show", "--format", "json")
    after = call("config", "show", "--config", "other.yaml", "--format", "json")

    assert before.code == after.code == 0
    assert before.items == after.items
    assert "people.ana" in {item["key"] for item in after.items}


def test_a_flag_has_a_twin_in_the_environment(call, monkeypatch):
    monkeypatch.setenv("DATAKEEP_FORMAT", "json")

    assert call("plugin", "list").items


def test_init_writes_settings_without_the_password_and_they_validate(call, folder):
    made = call("init", "--source", "postgresql://scanner:hunter2@127.0.0.1:5432/crm")
    written = (folder / "datakeep.yaml").read_text()

    assert made.code == 0
    assert "hunter2" not in written + made.out + made.err
    assert "${env:CRM_PASSWORD}" in written
    assert call("config", "validate").code == 0


def test_init_overwrites_nothing_unless_told(call, folder):
    (folder / "datakeep.yaml").write_text("version: 1\n")

    assert call("init").code == 2
    assert (folder / "datakeep.yaml").read_text() == "version: 1\n"
    assert call("init", "--force").code == 0


def test_validate_without_settings_says_so(call):
    called = call("config", "validate")

    assert (called.code, called.out) == (2, "")
    assert called.err.splitlines() == ["error: no settings at datakeep.yaml", "hint:  `datakeep init` writes one"]


def test_the_schema_accepts_what_the_program_accepts_and_refuses_an_unknown_key(call):
    schema = json.loads(call("config", "schema").out)
    good = yaml.safe_load("version: 1\nsources: [{name: crm, url: 'sqlite:///crm.db'}]\n")

    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**good, "sorces": []}, schema)


def test_config_show_says_where_each_value_came_from(call, folder, monkeypatch):
    monkeypatch.setenv("DATAKEEP_HOME", str(folder / "state"))
    shown = {item["key"]: item for item in call("config", "show", "--format", "json").items}

    assert shown["home"] == {"key": "home", "value": str(folder / "state"), "origin": "environment DATAKEEP_HOME"}
    assert shown["policies"]["origin"] == "default"


def test_a_scan_without_sources_says_what_to_do(call):
    called = call("scan")

    assert called.code == 2
    assert called.err.startswith("error: no sources in datakeep.yaml\nhint:")


def test_the_plug_ins_are_listed_without_being_imported(call):
    names = {(item["group"], item["name"]) for item in call("plugin", "list", "--format", "json").items}

    assert {("datakeep.scanners", "sqlite"), ("datakeep.scanners", "s3"), ("datakeep.classifiers", "presidio")} <= names


def test_source_list_and_schedule_list_show_the_settings(call, folder):
    (folder / "datakeep.yaml").write_text(
        "sources:\n  - {name: crm, url: 'sqlite:///crm.db', owner: team-crm, schedule: '0 3 * * *'}\n"
    )
    (source,) = call("source", "list", "--format", "json").items
    (due,) = call("schedule", "list", "--format", "json").items

    assert (source["name"], source["owner"]) == ("crm", "team-crm")
    assert (due["source"], due["schedule"]) == ("crm", "0 3 * * *")


def test_a_schedule_without_any_scheduled_source_is_a_settings_error(call, folder):
    (folder / "datakeep.yaml").write_text("sources:\n  - {name: crm, url: 'sqlite:///crm.db'}\n")

    assert call("schedule", "run").code == 2


def test_a_source_that_is_not_there_is_incomplete_and_named(call, folder):
    (folder / "datakeep.yaml").write_text("sources:\n  - {name: crm, url: 'sqlite:///crm.db'}\n")
    called = call("source", "test", "--format", "json")

    assert called.code == 3
    assert "crm" in called.err
    assert called.items[0]["reachable"] is False
    assert not (folder / "crm.db").exists()
