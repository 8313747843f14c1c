"""Odd types of MariaDB and DuckDB come out as text or numbers, their nested ones by leaves; PostgreSQL's have a page."""

import sqlite3
from contextlib import closing

import duckdb
import pytest

from scanners import Budget, Cause, Extent, Secret, Source, Unit, UnitUnreadableError, scanner_for
from scanners.sql.nested import from_hstore, from_row

BUDGET = Budget(rows=100)

MARIADB = {
    "big BIGINT": ("4111111111111111", ["4111111111111111"]),
    "wide BIGINT UNSIGNED": ("18446744073709551615", ["18446744073709551615"]),
    "amount DECIMAL(30, 4)": ("12345678901234567890.1200", ["12345678901234567890.1200"]),
    "ratio DOUBLE": ("'1.5'", ["1.5"]),
    "born DATE": ("'1987-06-05'", ["1987-06-05"]),
    "never DATE": ("'0000-00-00'", ["0000-00-00"]),
    "at DATETIME(3)": ("'9999-12-31 23:59:59.999'", ["9999-12-31 23:59:59.999"]),
    "clock TIME": ("'-100:00:01'", ["-100:00:01"]),
    "made YEAR": ("'1999'", ["1999"]),
    "mood ENUM('happy', 'sad')": ("'happy'", ["happy"]),
    "tags SET('a', 'b')": ("'a,b'", ["a,b"]),
    "flag BIT(1)": ("b'1'", None),
    "address INET6": ("'2001:db8::1'", ["2001:db8::1"]),
    "token UUID": ("'6f1ed002-ab5b-42a0-8d6b-0123456789ab'", ["6f1ed002-ab5b-42a0-8d6b-0123456789ab"]),
    "spot POINT": ("ST_GeomFromText('POINT(1 2)')", ["POINT(1 2)"]),
    "text VARBINARY(40)": ("'a@b.org'", ["a@b.org"]),
    "latin VARCHAR(20) CHARACTER SET latin1": ("'Jürgen'", ["Jürgen"]),
    "emoji VARCHAR(20) CHARACTER SET utf8mb4": ("'😀 Ann'", ["😀 Ann"]),
    "doc JSON": ("""'{"contacts": [{"email": "a@b.org"}]}'""", None),
}


def test_mariadbs_types_are_read_on_purpose(mariadb_database):
    columns = ", ".join(MARIADB)
    values = ", ".join(given for given, _ in MARIADB.values())
    mariadb_database.execute(f"CREATE TABLE odd ({columns})")
    mariadb_database.execute(f"INSERT IGNORE INTO odd VALUES ({values})")
    source = Source("crm", mariadb_database.bare_url, password=Secret(mariadb_database.password), allow_superuser=True)
    scanner = scanner_for(source)
    samples = {sample.field.path: sample for sample in scanner.sample(Unit("crm", "odd"), BUDGET)}
    for column, (_, expected) in MARIADB.items():
        if expected is not None:
            assert [str(value) for value in samples[column.split()[0]].values.to_pylist()] == expected, column
    assert samples["doc.contacts[].email"].values.to_pylist() == ["a@b.org"]
    assert samples["flag"].coverage.cause is Cause.TYPE
    assert scanner.read(Unit("crm", "odd"), limit=1).num_rows == 1


DUCKDB = {
    "id UUID": ("'6f1ed002-ab5b-42a0-8d6b-0123456789ab'", ("id", ["6f1ed002-ab5b-42a0-8d6b-0123456789ab"])),
    "huge HUGEINT": ("'170141183460469231731687303715884105727'", ("huge", [str(2**127 - 1)])),
    "wide UBIGINT": ("18446744073709551615", ("wide", ["18446744073709551615"])),
    "amount DECIMAL(30, 4)": ("'12345678901234567890.12'", ("amount", ["12345678901234567890.1200"])),
    "born DATE": ("'1987-06-05'", ("born", ["1987-06-05"])),
    "clock TIME": ("'10:11:12'", ("clock", ["10:11:12"])),
    "span INTERVAL": ("'3 days'", ("span", ["3 days"])),
    "mood ENUM('happy', 'sad')": ("'happy'", ("mood", ["happy"])),
    "bits BIT": ("'101'", ("bits", ["101"])),
    "either UNION(n INT, s VARCHAR)": ("'a@b.org'", ("either", ["a@b.org"])),
    "text BLOB": ("'a@b.org'", ("text", ["a@b.org"])),
    "who STRUCT(mail VARCHAR, tags VARCHAR[])": ("{'mail': 'a@b.org', 'tags': ['x', 'y']}", ("who.tags[]", ["x", "y"])),
    "more MAP(VARCHAR, VARCHAR)": ("MAP {'home': 'a@b.org'}", ("more[].value", ["a@b.org"])),
    "pair INT[2]": ("[1, 2]", ("pair[]", ["1", "2"])),
    "doc JSON": ("""'{"contacts": [{"email": "a@b.org"}]}'""", ("doc.contacts[].email", ["a@b.org"])),
    "said VARCHAR": ("""'{"email": "a@b.org"}'""", ("said.email", ["a@b.org"])),
}


def test_duckdbs_types_are_read_on_purpose(tmp_path):
    path = tmp_path / "odd.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(f"CREATE TABLE odd ({', '.join(DUCKDB)}, photo BLOB)")
        values = ", ".join(given for given, _ in DUCKDB.values())
        database.execute(f"INSERT INTO odd VALUES ({values}, '\\x89\\x00\\xFF'::BLOB)")
    scanner = scanner_for(Source("lake", f"duckdb:///{path}"))
    samples = {sample.field.path: sample for sample in scanner.sample(Unit("lake", "odd"), BUDGET)}
    for column, (_, (leaf, expected)) in DUCKDB.items():
        assert [str(value) for value in samples[leaf].values.to_pylist()] == expected, column
    assert (samples["photo"].coverage.extent, samples["photo"].coverage.cause) == (Extent.NOT_EXAMINED, Cause.TYPE)
    assert scanner.read(Unit("lake", "odd"), limit=1).num_rows == 1


def test_xml_is_examined_by_its_leaves_and_never_unfolded(tmp_path):
    documents = (
        '<person id="7"><name>Ann</name><mail kind="home">ann@example.org</mail><mail>a@example.net</mail></person>',
        '<!DOCTYPE a [<!ENTITY b "c@example.org">]><a>&b;</a>',
        "no <xml",
        "<a>" * 5000,
        None,
    )
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database, database:
        database.execute("CREATE TABLE orders (doc XML)")
        database.executemany("INSERT INTO orders VALUES (?)", [(one,) for one in documents])
    scanner = scanner_for(Source("shop", f"sqlite:///{tmp_path}/shop.db"))
    samples = scanner.sample(Unit("shop", "orders"), BUDGET)
    drawn = {sample.field.path: sample.values.drop_null().to_pylist() for sample in samples}
    assert drawn.pop("doc") == list(documents[1:4]), "what may unfold without an end, and what is none, stays as it is"
    assert drawn == {
        "doc.person.@id": ["7"],
        "doc.person.name": ["Ann"],
        "doc.person.mail[].@kind": ["home"],
        "doc.person.mail[].#text": ["ann@example.org"],
        "doc.person.mail[]": ["a@example.net"],
    }


@pytest.mark.parametrize("text", ["", "(", "()", "(a", "(a,b,c)", '("a', "(a)b)", "(,,,,)", "x" * 100])
def test_what_is_no_row_of_its_type_stays_as_it_is(text):
    assert from_row(("one", "two"))(text) == text


@pytest.mark.parametrize("text", ["", '"a"=>', '"a"=>"b", c', "a=>b", '"a"=>"b" "c"=>"d"'])
def test_what_is_no_hstore_stays_as_it_is(text):
    assert from_hstore(text) == text


@pytest.mark.parametrize("dataset", ["ODD", "odd ", "", '"odd"', "t.odd"])
def test_only_the_exact_name_is_the_table_in_mariadb(mariadb_database, dataset):
    mariadb_database.execute("CREATE TABLE odd (a INT)")
    source = Source("crm", mariadb_database.bare_url, password=Secret(mariadb_database.password), allow_superuser=True)
    with pytest.raises(UnitUnreadableError, match="is gone"):
        scanner_for(source).sample(Unit("crm", dataset), BUDGET)
    assert scanner_for(source).sample(Unit("crm", "odd"), BUDGET)


@pytest.mark.parametrize("dataset", ["main.odd", "ODD", "odd ", "", '"odd"'])
def test_only_the_exact_name_is_the_table_in_duckdb(tmp_path, dataset):
    path = tmp_path / "odd.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE odd (a INT)")
    with pytest.raises(UnitUnreadableError, match="is gone"):
        scanner_for(Source("lake", f"duckdb:///{path}")).sample(Unit("lake", dataset), BUDGET)
