import sqlite3

import pytest


@pytest.fixture
def project(folder):
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("create table customers (id integer primary key, email text)")
    database.close()
    (folder / "datakeep.yaml").write_text(
        "sources: [{name: shop, url: 'sqlite:///shop.db'}]\npeople: [{name: sam, groups: [privacy]}, {name: ana}]\n"
    )
    (folder / "policies.yaml").write_text("version: 1\nrules: []\n")
    return folder


def checks(called):
    return {item["check"]: item for item in called.items}


def test_a_sound_project_has_nothing_to_mend(project, call):
    assert call("scan").code == 0
    called = call("doctor", "--format", "json")

    assert [item for item in called.items if not item["ok"]] == []
    assert called.code == 0
    assert checks(called)["catalog"]["found"] == "sound, 1 runs"


def test_a_secret_written_out_in_the_settings_fails_without_being_printed(project, call):
    settings = project / "datakeep.yaml"
    settings.write_text(settings.read_text().replace("'}]", "', password: hunter2}]"))
    called = call("doctor", "--format", "json")

    assert called.code == 1
    assert not checks(called)["secret of shop"]["ok"]
    assert "hunter2" not in called.out + called.err


def test_only_a_source_that_does_not_answer_is_incomplete(project, call):
    (project / "shop.db").unlink()
    called = call("doctor", "--format", "json")

    assert called.code == 3
    assert [item["check"] for item in called.items if not item["ok"]] == ["source shop"]


def test_a_state_folder_that_others_can_read_fails_with_the_command_that_mends_it(project, call):
    assert call("scan").code == 0
    (project / ".datakeep").chmod(0o755)
    called = call("doctor", "--format", "json")

    assert called.code == 1
    assert checks(called)["state folder"]["fix"].startswith("chmod 700")


def test_a_check_that_cannot_be_made_has_failed_and_the_others_are_made(project, call):
    (project / "policies.yaml").write_text("rules: [")
    called = call("doctor", "--format", "json")

    assert called.code == 1
    assert not checks(called)["policies"]["ok"]
    assert checks(called)["source shop"]["ok"]
