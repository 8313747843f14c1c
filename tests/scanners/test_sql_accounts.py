"""The accounts that the how-to has administrators make are enough to scan with, and for nothing else."""

from pathlib import Path

import psycopg
import pymysql
import pytest

from scanners import Budget, Secret, Source, scanner_for
from scanners.sql import mysql, postgres

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/scan-a-production-database.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/reference/databases.md").read_text(encoding="utf-8")


def statements(engine):
    """What the page says to that engine."""
    (block,) = [part for part in PAGE.split("```text\n")[1:] if part.startswith(f"-- {engine}")]
    return [line.rstrip(";") for line in block.partition("```")[0].splitlines() if line and not line.startswith("--")]


@pytest.fixture(params=["postgres", "mariadb"])
def account(request):
    database = request.getfixturevalue(f"{request.param}_database")
    database.script("CREATE TABLE people (email VARCHAR(40))", "INSERT INTO people VALUES ('ann@example.org')")
    made = statements("PostgreSQL" if request.param == "postgres" else "MariaDB")
    database.script(*(line.replace("shop.*", f"{database.name}.*") for line in made))
    yield database
    if request.param == "postgres":
        database.execute("DROP OWNED BY datakeep_scanner")
    database.execute(f"DROP {'ROLE' if request.param == 'postgres' else 'USER'} datakeep_scanner")


def test_the_account_of_the_page_scans_and_cannot_write(account):
    source = Source("shop", account.url_of("datakeep_scanner"), password=Secret("choose one"))
    scanner = scanner_for(source)
    (unit,) = scanner.units()
    assert scanner.sample(unit, Budget())[0].values.to_pylist() == ["ann@example.org"]
    with pytest.raises((psycopg.errors.InsufficientPrivilege, pymysql.OperationalError), match="denied"):
        write(account.server.url(account.name, "datakeep_scanner", "choose one"), account)


def write(url, database):
    """What the scanner never would."""
    statement = "INSERT INTO people VALUES ('x')"
    if url.startswith("postgres"):
        with psycopg.connect(url) as connection:
            connection.execute(statement)
    else:
        with pymysql.connect(host="127.0.0.1", port=database.server.port, user="datakeep_scanner", password="choose one",
                             database=database.name) as connection:  # fmt: skip
            connection.cursor().execute(statement)


@pytest.mark.parametrize(("engine", "allowed"), [("PostgreSQL", postgres.QUERY), ("MySQL", mysql.QUERY)])
def test_the_options_of_urls_are_those_of_the_page(engine, allowed):
    (row,) = [
        line for line in REFERENCE.splitlines() if line.startswith(f"| {engine}") and "ssl" in line and "`ssl" in line
    ]
    assert set(row.split("|")[2].replace("`", "").split()) == allowed
