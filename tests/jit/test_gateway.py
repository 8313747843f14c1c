import json
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from catalog import CatalogError, Status
from classifiers import DataClass, Label, Mode
from jit import Ask, DeniedError, LedgerError, Person, UnknownError
from jit.testing import NOON, World, field

HOUR = timedelta(hours=1)
EMAIL, PHONE, NAME, SSN = (
    "user.contact.email", "user.contact.phone_number", "user.name", "user.government_id.national_identification_number",
)  # fmt: skip
POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
rules:
  - id: support
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.contact.email, user.name], rows: 5}
    auto: {}
    approvals: [{of: privacy, n: 1}]
masks: {user.contact.phone_number: last_four, user.contact.email: keyed_hash, user.government_id: last_four}
"""
PEOPLE = [
    Person("ana", frozenset({"support"})),
    Person("bob", frozenset({"support"})),
    Person("pia", frozenset({"privacy"})),
]
ROWS = pa.table(
    {
        "id": range(20),
        "email": [f"user{number}@example.org" for number in range(20)],
        "phone": [f"+49 30 555 {number:04d}" for number in range(20)],
        "ssn": [f"{number:03d}-45-6789" for number in range(20)],
        "note": [f"met user{number}, 0{number}, likes tea" for number in range(20)],
        "profile": [
            {"name": f"Name{number}", "age": number, "mails": [{"to": f"a{number}@example.org"}]}
            for number in range(20)
        ],
        "payload": [
            json.dumps({"user": {"email": f"p{number}@example.org", "pin": 1000 + number}}) for number in range(20)
        ],
    }
)
FIELDS = [
    field("crm/people#id"),
    field("crm/people#email", EMAIL),
    field("crm/people#phone", PHONE),
    field("crm/people#ssn", SSN),
    field("crm/people#note", PHONE, mode=Mode.CONTAINS),
    field("crm/people#profile.name", NAME),
    field("crm/people#profile.age"),
    field("crm/people#profile.mails[].to", EMAIL),
    field("crm/people#payload.user.email", EMAIL),
    field("crm/people#payload.user.pin"),
    field("crm/orders#ref"),
]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, POLICY, PEOPLE, FIELDS, {"crm/people": ROWS})
    yield made
    made.ledger.close()


@pytest.fixture
def grant(world):
    return lend(world, entries=("crm/people#email",))


def lend(world, **parts):
    made = world.broker.ask(replace(Ask("ana", reason="a customer called", seconds=3600), **parts), NOON)
    assert made.grant_id, made.because
    return made.grant_id


def read(world, grant, target="crm/people", *, who="ana", now=NOON, **parts):
    return world.read(grant, who, target, now, **parts)


def cells(table):
    return json.dumps(table.to_pylist(), default=str, ensure_ascii=False)


def test_what_is_lent_is_in_clear_and_the_rest_is_masked_by_its_class(world, grant):
    first = read(world, grant).table.to_pylist()[3]
    assert first["email"] == "user3@example.org"
    assert first["id"] == first["note"] == "[redacted]"
    assert first["phone"] == "***0003"
    assert first["ssn"].startswith("***")


def test_nested_leaves_are_masked_one_by_one(world, grant):
    profile = read(world, grant).table.to_pylist()[3]["profile"]
    assert profile["name"] == profile["age"] == "[redacted]"
    assert profile["mails"][0]["to"].startswith("#")


def test_a_nested_leaf_is_lent_alone(world):
    lent = lend(world, entries=("crm/people#profile.name", "crm/people#payload.user.email"))
    row = read(world, lent).table.to_pylist()[3]
    assert row["profile"]["name"] == "Name3"
    assert row["profile"]["mails"][0]["to"].startswith("#")
    assert json.loads(row["payload"]) == {"user": {"email": "p3@example.org", "pin": "[redacted]"}}
    assert row["email"].startswith("#")


def test_a_field_that_the_catalog_does_not_know_is_redacted(world, grant):
    world.tables["crm/people"] = ROWS.append_column("new", pa.array([f"secret{number}" for number in range(20)]))
    assert set(read(world, grant).table["new"].to_pylist()) == {"[redacted]"}


def test_a_named_field_shows_its_column_only(world, grant):
    found = read(world, grant, "crm/people#email")
    assert found.table.column_names == ["email"]
    assert found.table["email"][0].as_py() == "user0@example.org"


def test_a_read_never_gives_more_rows_than_the_rule_allows(world, grant):
    assert read(world, grant).table.num_rows == 5
    assert read(world, grant, limit=3).table.num_rows == 3
    assert read(world, grant, limit=1000).table.num_rows == 5
    assert read(world, grant, sql="SELECT count(*) AS n FROM data").table["n"][0].as_py() == 5


@pytest.mark.parametrize("name", ["data", "people"])
def test_sql_runs_over_the_masked_rows(world, grant, name):
    found = read(world, grant, sql=f"SELECT email, phone FROM {name} WHERE email LIKE 'user2@%'")
    assert found.table.to_pylist() == [{"email": "user2@example.org", "phone": "***0002"}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM data WHERE ssn = '003-45-6789'",
        "SELECT email FROM data WHERE ssn LIKE '003%'",
        "SELECT email FROM data WHERE length(profile.name) > 10",
        "SELECT email FROM data ORDER BY ssn = '003-45-6789' DESC LIMIT 0",
        "SELECT count(*) AS n FROM data WHERE note LIKE '%user3%' HAVING count(*) > 0",
        "SELECT email FROM data WHERE payload LIKE '%1003%'",
    ],
)
def test_no_condition_can_probe_what_is_masked(world, grant, sql):
    assert read(world, grant, sql=sql).table.num_rows == 0


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ssn AS email FROM data", "SELECT lower(ssn) FROM data", "SELECT substr(ssn, 1, 3) FROM data",
        "SELECT * FROM (SELECT * FROM data)", "WITH data2 AS (FROM data) SELECT * FROM data2", "SELECT data FROM data",
        "SELECT to_json(data) FROM data", "SELECT COLUMNS('s.*') FROM data", "SELECT max(ssn), min(ssn) FROM data",
        "SELECT list(ssn) FROM data", "PIVOT data ON ssn USING count(*)", "SELECT a.ssn FROM data a, data b",
        "SELECT string_agg(ssn || note || profile::VARCHAR || payload, '') FROM data",
    ],
)  # fmt: skip
def test_no_alias_function_or_detour_unmasks(world, grant, sql):
    """AccessFlow masks by output label, shardingsphere and Ranger's Spark plug-in were bypassed by functions."""
    try:
        shown = cells(read(world, grant, sql=sql).table)
    except CatalogError:
        return
    for secret in ("-45-6789", "met user", "Name3", "1003", "1003}"):
        assert secret not in shown


@pytest.mark.parametrize("sql", ["SELECT 1; SELECT 2", "DROP TABLE data", "COPY data TO 'x.csv'", "SELECT * FROM 'people.csv'",
                                 "SELECT * FROM read_csv('/etc/passwd')", "ATTACH 'x.db'", "nonsense"])  # fmt: skip
def test_what_is_not_a_select_over_the_rows_is_refused_and_on_record(world, grant, sql):
    with pytest.raises(CatalogError):
        read(world, grant, sql=sql)
    assert world.types()[-2:] == ["read.allowed", "read.failed"]


def test_nobody_reads_through_anothers_grant(world, grant):
    with pytest.raises(DeniedError, match="ana's grant, not bob's"):
        read(world, grant, who="bob")


@pytest.mark.parametrize("now", [NOON + HOUR, NOON + 24 * HOUR])
def test_nothing_is_read_after_the_end(world, grant, now):
    with pytest.raises(DeniedError, match="is expired since"):
        read(world, grant, now=now)


def test_a_clock_set_back_reads_nothing(world, grant):
    with pytest.raises(DeniedError):
        read(world, grant, now=NOON + HOUR)
    with pytest.raises(LedgerError, match="the clock says"):
        read(world, grant, now=NOON + HOUR / 2)


def test_nothing_is_read_before_the_start(world):
    made = world.broker.ask(
        Ask("ana", (DataClass(EMAIL),), reason="tomorrow's case", seconds=3600, start=NOON + HOUR), NOON
    )
    with pytest.raises(DeniedError, match="is scheduled and starts"):
        read(world, made.grant_id)
    assert read(world, made.grant_id, now=NOON + HOUR).table.num_rows == 5


@pytest.mark.parametrize("end", ["suspend", "revoke"])
def test_nothing_is_read_once_it_is_suspended_or_revoked(world, grant, end):
    getattr(world.broker.lending, end)(grant, world.people["ana"], NOON)
    with pytest.raises(DeniedError, match=r"is suspended|is revoked"):
        read(world, grant)


def test_what_was_not_lent_at_all_is_refused(world, grant):
    for target in ("crm/people#ssn", "crm/orders"):
        with pytest.raises(DeniedError, match="lends nothing of"):
            read(world, grant, target)


def test_what_the_catalog_does_not_know_is_no_target(world, grant):
    with pytest.raises(UnknownError, match="crm/peple"):
        read(world, grant, "crm/peple")


def test_each_read_is_on_record_before_and_after(world, grant):
    read(world, grant, sql="SELECT email FROM data WHERE email = 'user2@example.org'")
    asked, served = list(world.ledger.records())[-2:]
    assert (asked.event.type, served.event.type) == ("read.allowed", "read.served")
    assert asked.event.entries == ("crm/people#email",)
    assert served.event.detail["rows"] == 1
    assert not any("user2" in record.text for record in world.ledger.records())


def test_each_refusal_is_on_record(world, grant):
    with pytest.raises(DeniedError):
        read(world, grant, who="bob")
    last = list(world.ledger.records())[-1]
    assert (last.event.type, last.event.actor, last.event.grant) == ("read.refused", "bob", grant)


@pytest.mark.parametrize("step", [1, 2])
def test_nothing_is_handed_out_when_the_record_cannot_be_written(world, grant, step, monkeypatch):
    """AccessFlow logs the failure and goes on."""
    asked = []
    monkeypatch.setattr(world.ledger, "write", failing_at(step, world.ledger.write))
    gateway = replace(world.gateway, rows=lambda *place: asked.append(place) or ROWS)
    with pytest.raises(LedgerError):
        gateway.read(grant, world.people["ana"], "crm/people")
    assert len(asked) == step - 1


def failing_at(step, write):
    calls = iter(range(1, 100))

    def maybe(*given, **parts):
        if next(calls) >= step:
            raise LedgerError("the disk is full")
        return write(*given, **parts)

    return maybe


WHILE_THE_SOURCE_ANSWERS = {
    "it ends": (lambda world, _: setattr(world, "now", NOON + HOUR), "is expired since"),
    "it is revoked": (lambda world, it: world.broker.lending.revoke(it, world.people["ana"], NOON), "is revoked"),
    "it is suspended": (lambda world, it: world.broker.lending.suspend(it, world.people["ana"], NOON), "is suspended"),
    "its field holds more": (
        lambda world, _: world.shelf.fields.update({"crm/people#email": field("crm/people#email", EMAIL, SSN)}),
        "the catalog changed",
    ),
}


@pytest.mark.parametrize("what", WHILE_THE_SOURCE_ANSWERS)
def test_what_befalls_a_grant_while_the_source_answers_counts(world, grant, what):
    """AccessFlow checks when a query is submitted, hoop when a session begins."""
    befalls, said = WHILE_THE_SOURCE_ANSWERS[what]

    def slow(*_place):
        befalls(world, grant)
        return ROWS

    with pytest.raises(DeniedError, match=said):
        replace(world.gateway, rows=slow).read(grant, world.people["ana"], "crm/people")
    assert world.types()[-1] == "read.refused"


def test_the_source_has_until_the_end_of_the_grant(world, grant):
    given = []
    world.now = NOON + 59 * HOUR / 60
    replace(world.gateway, rows=lambda *place: given.append(place[3]) or ROWS).read(
        grant, world.people["ana"], "crm/people"
    )
    assert given == [60.0]


class TestDrift:
    @pytest.mark.parametrize(
        "changed",
        [
            field("crm/people#email", EMAIL, SSN),
            field("crm/people#email", SSN),
            replace(field("crm/people#email", EMAIL), disagrees=True, proposed=(Label(DataClass(SSN), "SSN", 1.0),)),
        ],
        ids=["a class more", "another class", "the machine contradicts"],
    )
    def test_a_field_that_holds_more_than_was_lent_is_withheld_at_once(self, world, changed):
        lent = lend(world, entries=("crm/people#email", "crm/people#profile.name"))
        world.shelf.fields["crm/people#email"] = changed
        found = read(world, lent)
        assert "@" not in cells(found.table.select(["email"]))
        assert found.table.to_pylist()[3]["profile"]["name"] == "Name3"
        assert "crm/people#email may hold" in found.withheld[0]

    def test_a_grant_whose_last_field_is_withheld_reads_nothing(self, world, grant):
        world.shelf.fields["crm/people#email"] = field("crm/people#email", SSN)
        with pytest.raises(DeniedError, match="the catalog changed"):
            read(world, grant)

    def test_a_field_of_the_class_that_came_later_is_not_covered(self, world):
        lent = lend(world, classes=(DataClass(EMAIL),))
        world.shelf.fields["crm/people#note"] = field("crm/people#note", EMAIL)
        assert set(read(world, lent).table["note"].to_pylist()).isdisjoint(ROWS["note"].to_pylist())

    def test_a_field_that_lost_its_class_stays_readable_until_the_end(self, world, grant):
        world.shelf.fields["crm/people#email"] = replace(field("crm/people#email"), status=Status.REJECTED)
        assert read(world, grant).table["email"][0].as_py() == "user0@example.org"

    def test_a_field_that_is_gone_is_not_read_under_a_new_name(self, world, grant):
        world.shelf.fields["crm/people#mail"] = field("crm/people#mail", EMAIL)
        del world.shelf.fields["crm/people#email"]
        with pytest.raises(DeniedError, match="lends nothing of crm/people"):
            read(world, grant)


def test_a_type_that_masking_breaks_comes_as_json_text(world, grant):
    mixed = pa.array([{"name": "x", "age": 1, "mails": [{"to": "a@example.org"}]}, None])
    world.tables["crm/people"] = pa.table({"email": ["a@example.org", None], "profile": mixed})
    rows = read(world, grant).table.to_pylist()
    assert rows[1] == {"email": None, "profile": None}
