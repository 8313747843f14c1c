"""A real source that takes longer than the grant lasts: nothing is shown, and the source is not waited for much longer."""

import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

FIELDS = {"id": (), "full_name": ("user.name",)}
SETTINGS = """
version: 1
sources: [{{name: shop, url: "{url}", password: "${{env:SHOP_PASSWORD}}", allow_superuser: true, sample: {{seconds: 20}}}}]
people: [{{name: ana, groups: [support]}}, {{name: bo, roles: [approver]}}]
"""
POLICIES = """
version: 1
rules: [{id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}]
"""
LEFT = 0.4  # seconds that the grant still has when the read begins
HELD = 0.8  # seconds that somebody holds the table


@pytest.fixture
def grant(folder, call, postgres_database, monkeypatch):
    """A grant on a real PostgreSQL that is about to end, by a clock that goes on ticking."""
    monkeypatch.setenv("SHOP_PASSWORD", postgres_database.password)
    (folder / "datakeep.yaml").write_text(SETTINGS.format(url=postgres_database.bare_url))
    (folder / "policies.yaml").write_text(POLICIES)
    postgres_database.execute("CREATE TABLE people AS SELECT 1 AS id, 'Anna Meier' AS full_name")
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    record_run(catalog, day(1), {unit("public.people", FIELDS, source="shop"): FIELDS}, owner="bo")
    catalog.accept(["shop/*"], Word("bo", "checked"), now=day(2))
    made = call("request", "create", "--class", "user.name", "--for", "1h", "--reason", "a customer called",
                "--as", "ana", "--format", "json").items[0]["grant_id"]  # fmt: skip
    assert "Anna Meier" in call("grant", "read", made, "shop/public.people", "--as", "ana").out
    end = datetime.fromisoformat(call("grant", "show", made, "--format", "json").items[0]["expires"])
    ahead = end - timedelta(seconds=LEFT) - datetime.now(UTC)
    monkeypatch.setattr("datakeep.assembly.clock", lambda: datetime.now(UTC) + ahead)
    return made


@pytest.fixture
def locked(postgres_database):
    """Somebody holds the table until told otherwise."""
    with psycopg.connect(postgres_database.url) as holder:
        holder.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        yield holder


def read(call, grant):
    began = time.monotonic()
    return call("grant", "read", grant, "shop/public.people", "--as", "ana"), time.monotonic() - began


def test_a_source_is_not_waited_for_beyond_the_end_of_the_grant(call, grant, locked):
    called, took = read(call, grant)
    assert (called.code != 0, called.out) == (True, "")
    assert took < LEFT + 5  # and not the twenty seconds that the settings allow


def test_what_a_source_answers_after_the_end_is_not_shown(call, grant, locked, monkeypatch):
    monkeypatch.setattr("datakeep.assembly.House.rows", patient())
    release = threading.Timer(HELD, locked.rollback)
    release.start()
    called, took = read(call, grant)
    release.join()
    assert took > LEFT
    assert (called.code, called.out) == (4, "")
    assert "is expired since" in called.err
    assert call("audit", "list", "--last", "1", "--format", "json").items[0]["type"] == "read.refused"


def patient():
    """The real reading, without its deadline."""
    from datakeep.assembly import House  # noqa: PLC0415

    reading = House.rows
    return lambda self, source, dataset, limit, _seconds: reading(self, source, dataset, limit, 20.0)
