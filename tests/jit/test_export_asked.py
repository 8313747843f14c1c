"""The SQL of docs/how-to/ask-an-export.md answers what an auditor asks, from the folder alone."""

import re
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from classifiers import DataClass
from jit import Ask, Campaigns, DeniedError, Glass, Person
from jit.export import Exporter
from jit.inspection import verify_export
from jit.reconcile import sweep
from jit.testing import NOON, World, field

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ask-an-export.md"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
defaults: {duration: {max: 30d}}
rules:
  - {id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}
  - {id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, approvals: [{of: privacy, n: 2}]}
break_glass: {groups: [oncall], max: 1h, notify: [privacy], review_within: 1d}
"""
PEOPLE = [
    Person("ana", frozenset({"support"})), Person("bo", frozenset({"privacy"})), Person("cy", frozenset({"privacy"})),
    Person("kim", frozenset({"oncall"})), Person("st", roles=frozenset({"steward"})),
]  # fmt: skip
MAIL, PHONE, NAME = "crm/people#mail", "crm/people#phone", "crm/people#name"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A month: two read, one of them less after a class was raised, one was refused, one broke the glass; a review ended."""
    fields = [
        field(MAIL, "user.contact.email", owner="team-crm"),
        field(PHONE, "user.contact.phone_number"),
        field(NAME, "user.name"),
    ]
    world = World(tmp_path / "home", POLICY, PEOPLE, fields,
                  {"crm/people": pa.table({"mail": ["a@example.org"], "phone": ["1"], "name": ["x"]})})  # fmt: skip
    contact = Ask(
        "ana", (DataClass("user.contact"),), reason="a customer called", purpose="care", ticket="SUP-7", seconds=86_400
    )
    pending = world.broker.ask(contact, NOON)
    for who in ("cy", "bo"):
        lent = world.broker.approve(pending.id, world.people[who], NOON + HOUR, "known to me").grant_id
    world.read(lent, "ana", "crm/people", NOON + HOUR)
    world.shelf.fields[PHONE] = field(PHONE, "user.contact.phone_number", "user.government_id")
    world.read(lent, "ana", "crm/people", NOON + 2 * HOUR)
    sweep(world.broker, NOON + 3 * HOUR)
    with pytest.raises(DeniedError):
        world.read(lent, "kim", "crm/people", NOON + 4 * HOUR)
    glass = Ask("kim", (DataClass("user.name"),), reason="a fire", break_glass=True)
    broken = world.broker.ask(glass, NOON + 5 * HOUR)
    world.read(broken.grant_id, "kim", "crm/people#name", NOON + 5 * HOUR)
    names = world.broker.ask(
        Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=9 * 86_400), NOON + 6 * HOUR
    )
    world.read(names.grant_id, "ana", "crm/people#name", NOON + 6 * HOUR)
    reviews = Campaigns(world.ledger, world.broker.lending, lambda: world.policy, world.shelf, world.people)
    opened = reviews.open(world.people["st"], NOON + 7 * HOUR, NOON + DAY)
    kept = next(one for one in world.ledger.questions(opened.id) if one.grant == names.grant_id)
    reviews.answer(kept.id, world.people["st"], NOON + 8 * HOUR, "still on the case", keep=True)
    reviews.sweep(NOON + DAY)
    Exporter(world.ledger, lambda: {"entries": pa.table({"id": [MAIL, NAME], "owner": ["team-crm", "owner"]})}).export(
        tmp_path / "evidence", NOON + 2 * DAY
    )
    monkeypatch.chdir(tmp_path)
    world.ids = {"lent": lent, "glass": broken.id, "broken": broken.grant_id, "names": names.grant_id}
    yield world
    world.ledger.close()


def answers(title):
    """The rows of the query below a title of the page."""
    (sql,) = re.findall(rf"## {re.escape(title)}.*?```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with duckdb.connect() as connection:
        return connection.sql(sql).to_arrow_table().to_pylist()


def test_it_is_told_who_read_what_of_whom_why_who_allowed_it_and_what_was_withheld(asked):
    first, second, glass, names = answers("Who read what, when, why, who allowed it, what was withheld")
    assert (first["person"], first["dataset"], first["fields"], first["rows"]) == (
        "ana",
        "crm/people",
        [MAIL, PHONE],
        1,
    )
    assert (first["purpose"], first["ticket"], first["allowed_by"]) == ("care", "SUP-7", "bo, cy")
    assert (first["of_whom"], first["withheld"]) == (["team-crm"], [])
    assert (second["fields"], second["withheld"]) == ([MAIL], [PHONE])
    assert second["withheld_because"] == [f"{PHONE} may hold user.government_id now"]
    assert (glass["person"], glass["allowed_by"]) == ("kim", "the glass was broken")
    assert (names["allowed_by"], names["withheld"]) == ("the policy alone", [])
    assert first["ts"] < second["ts"] < glass["ts"] < names["ts"]


def test_it_is_told_who_was_refused_and_why(asked):
    again, refused = answers("Who was refused, and why")
    assert (again["actor"], again["type"]) == ("ana", "request.denied")  # the sweep asked again for the raised class
    assert (refused["actor"], refused["type"], refused["grant"]) == ("kim", "read.refused", asked.ids["lent"])
    assert refused["because"] == [f"{asked.ids['lent']} is ana's grant, not kim's"]


def test_it_is_told_what_a_grant_lends_no_longer_and_since_when(asked):
    (lost,) = answers("What a grant lends no longer, and since when")
    assert (lost["id"], lost["entry"], lost["because"]) == (
        asked.ids["lent"],
        PHONE,
        [f"{PHONE} may hold user.government_id now"],
    )
    assert lost["since"] == NOON + 3 * HOUR


def test_it_is_told_who_answered_the_reviews_and_what_nobody_answered(asked):
    found = {
        row["about"]: (row["state"], row["answered_by"])
        for row in answers("Who answered the access reviews, and what nobody answered")
    }
    assert found.pop(asked.ids["names"]) == ("keep", "st")
    assert set(found) == {asked.ids["lent"], "names", "mails"}
    assert set(found.values()) == {("revoke", "nobody")}


def test_it_is_told_which_broken_glass_nobody_reviewed_until_somebody_has(asked, tmp_path):
    assert [row["id"] for row in answers("Broken glass that nobody has reviewed")] == [asked.ids["glass"]]
    Glass(asked.ledger, asked.people).review(asked.ids["glass"], asked.people["bo"], NOON + 2 * DAY, "there was a fire")
    Exporter(asked.ledger, lambda: {"entries": pa.table({"id": [MAIL], "owner": ["team-crm"]})}).export(
        tmp_path / "evidence", NOON + 3 * DAY
    )
    assert answers("Broken glass that nobody has reviewed") == []
    assert verify_export(tmp_path / "evidence").complete
