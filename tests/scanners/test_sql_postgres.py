"""PostgreSQL: attacks that succeed against a naive reader fail against the scanner, and what was not seen is said."""

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from scanners import Budget, Cause, Extent, ScanError, Secret, Source, Unit, UnitUnreadableError, scanner_for
from scanners.sql.postgres import Postgres
from scanners.sql.sampler import draw
from scanners.sql.trouble import Trouble

PASSWORD = "reads only"
BUDGET = Budget(rows=100, seconds=5)


@dataclass
class Trap:
    """A database where somebody with DDL waits for a reader of everything."""

    database: object
    role: str

    @property
    def source(self):
        return Source("crm", self.database.url_of(self.role), password=Secret(PASSWORD), budget=BUDGET)

    @property
    def scanner(self):
        return scanner_for(self.source)

    def execute(self, statement):
        return self.database.execute(statement)

    def naive(self, statement):
        """What a plain script with the scanner's account would do."""
        with psycopg.connect(self.database.url_of(self.role, PASSWORD), autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    @property
    def loot(self):
        return self.execute("SELECT * FROM mallory.loot")


@pytest.fixture
def trap(postgres_database):
    role = f"scanner_{uuid4().hex[:8]}"
    postgres_database.script(
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_all_data",
        "CREATE SCHEMA private",
        "CREATE TABLE private.secrets (secret text)",
        "INSERT INTO private.secrets VALUES ('the salaries')",
        "CREATE SCHEMA mallory",
        "GRANT USAGE ON SCHEMA mallory TO PUBLIC",
        "CREATE TABLE mallory.loot (taken text, by text)",
        "GRANT INSERT ON mallory.loot TO PUBLIC",
        """CREATE FUNCTION mallory.steal() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN
            PERFORM set_config('default_transaction_read_only', 'off', false);
            INSERT INTO mallory.loot SELECT secret, current_user FROM private.secrets; RETURN true; END $$""",
        "CREATE TABLE mallory.bait (id int PRIMARY KEY)",
        "INSERT INTO mallory.bait VALUES (1), (2)",
    )
    return Trap(postgres_database, role)


def look(trap, dataset="mallory.bait"):
    """Sample and read one dataset; the errors that came of it."""
    errors = []
    for reading in (
        lambda: trap.scanner.sample(Unit("crm", dataset), BUDGET),
        lambda: trap.scanner.read(Unit("crm", dataset), limit=5),
    ):
        try:
            reading()
        except UnitUnreadableError as error:
            errors.append(error)
    return errors


def test_a_view_that_steals_is_not_read(trap):
    trap.execute("CREATE VIEW mallory.view AS SELECT mallory.steal()")
    trap.naive("SELECT * FROM mallory.view")
    assert trap.loot == [("the salaries", trap.role)], "the attack works on a naive reader"
    trap.execute("TRUNCATE mallory.loot")
    assert "mallory.view" not in {unit.dataset for unit in trap.scanner.units()}
    assert [error.cause for error in look(trap, "mallory.view")] == [Cause.GONE, Cause.GONE]
    assert trap.loot == []


def test_a_view_that_is_asked_for_runs_as_the_scanner_and_still_cannot_write(trap):
    trap.execute("CREATE VIEW mallory.view AS SELECT mallory.steal()")
    asking = scanner_for(replace(trap.source, views=True))
    (view,) = [unit for unit in asking.units() if unit.dataset == "mallory.view"]
    for reading in (lambda: asking.sample(view, BUDGET), lambda: asking.read(view, limit=1)):
        with pytest.raises(UnitUnreadableError, match=r"mallory\.view could not be read"):
            reading()
    assert trap.loot == []


@pytest.mark.parametrize("power", ["pg_write_all_data", "pg_execute_server_program", "pg_read_server_files"])
def test_a_role_that_is_as_good_as_a_superuser_is_refused_too(trap, power):
    trap.execute(f"GRANT {power} TO {trap.role}")
    with pytest.raises(ScanError, match="as good as one"):
        list(trap.scanner.units())
    assert list(scanner_for(replace(trap.source, allow_superuser=True)).units())


SWAP = (
    "DROP TABLE mallory.bait",
    "CREATE VIEW mallory.bait AS SELECT 1 AS id WHERE mallory.steal()",
)


def test_a_table_that_was_swapped_for_a_view_since_it_was_listed_is_not_read(trap):
    listed = {unit.dataset for unit in trap.scanner.units()}
    for statement in SWAP:
        trap.execute(statement)
    trap.naive("SELECT * FROM mallory.bait")
    assert len(trap.loot) == 1, "the attack works on a naive reader of the list"
    trap.execute("TRUNCATE mallory.loot")
    assert "mallory.bait" in listed
    assert len(look(trap)) == 2
    assert trap.loot == []


def plainly(_, session, table):
    return session.draw(sa.select(*table.clause().c), most_bytes=1000)


def fairly(dialect, session, table):
    return draw(dialect, session, table, BUDGET, 0)


@pytest.mark.parametrize("reading", [plainly, fairly])
def test_a_swap_between_describing_and_reading_fails_too(trap, reading):
    dialect = Postgres()
    with dialect.open(trap.source, 5) as session:
        (table,) = dialect.tables(session, "mallory.bait")
        for statement in SWAP:
            trap.execute(statement)
        with pytest.raises(sa.exc.DBAPIError) as caught:
            reading(dialect, session, table)
    assert dialect.diagnose(caught.value)[0] in {Trouble.RESTRICTED, Trouble.GONE}
    assert trap.loot == []


def test_a_policy_function_that_steals_is_not_run(trap):
    trap.execute("ALTER TABLE mallory.bait ENABLE ROW LEVEL SECURITY")
    trap.execute("CREATE POLICY steals ON mallory.bait USING (mallory.steal())")
    trap.naive("SELECT * FROM mallory.bait")
    assert trap.loot, "the attack works on a naive reader"
    trap.execute("TRUNCATE mallory.loot")
    assert [error.cause for error in look(trap)] == [Cause.PERMISSION, Cause.PERMISSION]
    assert trap.loot == []


def test_a_cast_that_steals_is_not_run(trap):
    for statement in (
        "CREATE TYPE mallory.pair AS (a text)",
        """CREATE FUNCTION mallory.as_text(mallory.pair) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
            PERFORM mallory.steal(); RETURN 'x'; END $$""",
        "CREATE CAST (mallory.pair AS text) WITH FUNCTION mallory.as_text(mallory.pair)",
        "ALTER TABLE mallory.bait ADD COLUMN pair mallory.pair",
        "UPDATE mallory.bait SET pair = ROW('bob@example.org')",
    ):
        trap.execute(statement)
    trap.naive("SELECT left(CAST(pair AS text), 100) FROM mallory.bait")
    assert trap.loot, "the attack works on a reader that casts what it does not know"
    trap.execute("TRUNCATE mallory.loot")
    samples = trap.scanner.sample(Unit("crm", "mallory.bait"), BUDGET)
    drawn = {sample.field.path: sample.values.to_pylist() for sample in samples}
    assert drawn["pair.a"] == ["bob@example.org"] * 2
    assert trap.loot == []


def test_functions_that_stand_before_the_systems_own_are_not_called(trap):
    trap.execute("ALTER TABLE mallory.bait ADD COLUMN note varchar(20) DEFAULT 'hello'")
    trap.execute(f"ALTER ROLE {trap.role} SET search_path = mallory, pg_catalog")
    for name, parameters in {"left": "varchar, int", "md5": "text", "format_type": "oid, int"}.items():
        trap.execute(
            f"CREATE FUNCTION mallory.{name}({parameters}) RETURNS text LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM mallory.steal(); RETURN 'x'; END $$"
        )
    trap.naive("SELECT left(note, 10) FROM mallory.bait")
    assert trap.loot, "the attack works on a naive reader"
    trap.execute("TRUNCATE mallory.loot")
    assert [unit.dataset for unit in trap.scanner.units()] == ["mallory.bait", "mallory.loot", "private.secrets"]
    assert look(trap) == []
    assert trap.loot == []


def test_the_session_cannot_write_and_says_who_it_is(trap):
    dialect = Postgres()
    for statement in ("INSERT INTO mallory.loot VALUES ('x', 'y')", "SELECT mallory.steal()", "CREATE TABLE t (a int)"):
        with dialect.open(trap.source, 5) as session:
            assert session.rows("SHOW application_name") == [("datakeep",)]
            with pytest.raises(Exception, match="read-only"):
                session.rows(statement)
    assert trap.loot == []


def test_no_connection_is_left_behind(trap):
    list(trap.scanner.units())
    look(trap)
    look(trap, "mallory.none")
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{trap.role}' AND pid <> pg_backend_pid()"
    for _ in range(50):  # the server says goodbye in its own time
        if trap.execute(asked) == [(0,)]:
            return
    pytest.fail("a connection of the scanner's is still open")


def test_a_superuser_is_refused_unless_told(postgres_database):
    source = Source("crm", postgres_database.bare_url, password=Secret(postgres_database.password))
    with pytest.raises(ScanError, match="superuser") as caught:
        list(scanner_for(source).units())
    assert "allow_superuser" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong one"}, "does not let us in"),
        ({"database": "no_such_database"}, "is not there"),
        ({"port": 1}, "does not answer"),
        ({"scheme": "postgres", "port": 1}, "does not answer"),
        ({"query": "?options=-crow_security%3Don"}, "option options is not allowed"),
        ({"query": "?passfile=/etc/passwd"}, "option passfile is not allowed"),
    ],
)
def test_what_keeps_it_out_is_said_in_one_line_without_a_secret(trap, change, said):
    server = trap.database.server
    port, name = change.get("port", server.port), change.get("database", trap.database.name)
    url = f"{change.get('scheme', 'postgresql')}://{trap.role}@127.0.0.1:{port}/{name}{change.get('query', '')}"
    password = change.get("password", PASSWORD)
    with pytest.raises(ScanError, match=said) as caught:
        list(scanner_for(Source("crm", url, password=Secret(password))).units())
    assert "crm" in str(caught.value)
    assert password not in str(caught.value)
    assert caught.value.__cause__ is None


def test_denied_tables_and_columns_are_not_examined_and_the_rest_is(trap):
    role = f"part_{uuid4().hex[:8]}"
    for statement in (
        "CREATE TABLE staff (id int PRIMARY KEY, email text, salary int)",
        "INSERT INTO staff VALUES (1, 'ann@example.org', 1000)",
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT SELECT (id, email) ON staff TO {role}",
    ):
        trap.execute(statement)
    scanner = scanner_for(Source("crm", trap.database.url_of(role), password=Secret(PASSWORD)))
    units = {unit.dataset: unit for unit in scanner.units()}
    assert {"public.staff", "private.secrets"} <= set(units)
    with pytest.raises(UnitUnreadableError, match=r"private\.secrets may not be read") as caught:
        scanner.sample(units["private.secrets"], BUDGET)
    assert caught.value.cause is Cause.PERMISSION
    samples = {sample.field.path: sample for sample in scanner.sample(units["public.staff"], BUDGET)}
    assert samples["email"].values.to_pylist() == ["ann@example.org"]
    assert samples["salary"].coverage.extent is Extent.NOT_EXAMINED
    assert samples["salary"].coverage.cause is Cause.PERMISSION
    assert scanner.read(units["public.staff"], limit=9).column_names == ["id", "email"]


@contextmanager
def held(trap, statement):
    with closing(psycopg.connect(trap.database.url)) as connection:
        connection.execute(statement)
        yield


def test_a_locked_table_costs_a_moment_and_only_itself(trap):
    with held(trap, "LOCK TABLE mallory.bait IN ACCESS EXCLUSIVE MODE"):
        units = {unit.dataset: unit for unit in trap.scanner.units()}
        with pytest.raises(UnitUnreadableError, match="is locked") as caught:
            trap.scanner.sample(units["mallory.bait"], BUDGET)
        assert caught.value.cause is Cause.TIMEOUT
        assert len(trap.scanner.sample(units["private.secrets"], BUDGET)) == 1


def test_partitions_are_one_dataset_materialised_views_are_read_and_foreign_tables_are_not(trap):
    for statement in (
        "CREATE TABLE events (id int, day date, who text) PARTITION BY RANGE (day)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (id)",
        "CREATE TABLE events_2a PARTITION OF events_2 DEFAULT",
        "INSERT INTO events VALUES (1, '2026-01-05', 'ann@example.org'), (2, '2026-02-05', 'bob@example.org')",
        "CREATE MATERIALIZED VIEW people AS SELECT who FROM events",
        "CREATE EXTENSION postgres_fdw",
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw",
        "CREATE FOREIGN TABLE remote (a int) SERVER elsewhere",
    ):
        trap.execute(statement)
    units = {unit.dataset: unit for unit in trap.scanner.units()}
    assert set(units) == {"mallory.bait", "mallory.loot", "private.secrets", "public.events", "public.people"}
    samples = {sample.field.path: sample for sample in trap.scanner.sample(units["public.events"], BUDGET)}
    assert sorted(samples["who"].values.to_pylist()) == ["ann@example.org", "bob@example.org"]
    before = units["public.events"].fingerprint
    trap.execute("INSERT INTO events_2a VALUES (3, '2026-02-07', 'cid@example.org')")
    after = {unit.dataset: unit.fingerprint for unit in trap.scanner.units()}
    assert after["public.events"] != before
    assert after["mallory.bait"] == units["mallory.bait"].fingerprint


ODD = {
    "big BIGINT": ("4111111111111111", "4111111111111111"),
    "amount NUMERIC(20, 4)": ("1234567890123.4500", "1234567890123.4500"),
    "wide NUMERIC": ("1" * 90, "1" * 90),
    "nan NUMERIC": ("NaN", "NaN"),
    "born DATE": ("1987-06-05", "1987-06-05"),
    "never DATE": ("infinity", "infinity"),
    "old DATE": ("0044-03-15 BC", "0044-03-15 BC"),
    "at TIMESTAMPTZ": ("2026-01-02 03:04:05+02", "2026-01-02 01:04:05+00"),
    "span INTERVAL": ("1 day 02:03", "1 day 02:03:00"),
    "token UUID": ("6f1ed002-ab5b-42a0-8d6b-0123456789ab", "6f1ed002-ab5b-42a0-8d6b-0123456789ab"),
    "address INET": ("192.0.2.7", "192.0.2.7"),
    "net CIDR": ("192.0.2.0/24", "192.0.2.0/24"),
    "card MACADDR": ("08:00:2b:01:02:03", "08:00:2b:01:02:03"),
    "mood mood": ("happy", "happy"),
    "stay DATERANGE": ("[2026-01-01,2026-02-01)", "[2026-01-01,2026-02-01)"),
    "yes BOOLEAN": ("true", "True"),
    "fixed CHAR(12)": ("a@b.org", "a@b.org"),
    "bits BIT(3)": ("101", "101"),
    "spot POINT": ("(1,2)", "(1,2)"),
    "paid MONEY": ("12.50", "$12.50"),
    "words TSVECTOR": ("ann bob", "'ann' 'bob'"),
    "own domain_email": ("a@b.org", "a@b.org"),
    "text BYTEA": ("a@b.org", "a@b.org"),
}


def test_every_odd_type_gives_its_values_as_text_or_numbers(trap):
    for statement in (
        "CREATE EXTENSION hstore",
        "CREATE TYPE mood AS ENUM ('happy', 'sad')",
        "CREATE DOMAIN domain_email AS text CHECK (value LIKE '%@%')",
        "SET lc_monetary = 'C'",
        f"CREATE TABLE odd ({', '.join(ODD)})",
    ):
        trap.execute(statement)
    values = ", ".join("'" + given.replace("'", "''") + "'" for given, _ in ODD.values())
    trap.execute(f"INSERT INTO odd VALUES ({values})")
    samples = trap.scanner.sample(Unit("crm", "public.odd"), BUDGET)
    drawn = {sample.field.path: sample.values.to_pylist() for sample in samples}
    assert {path: str(values[0]) for path, values in drawn.items()} == {
        column.split()[0]: expected for column, (_, expected) in ODD.items()
    }
    assert trap.scanner.read(Unit("crm", "public.odd"), limit=1).num_rows == 1


def test_hstore_and_rows_are_examined_by_their_leaves(trap):
    for statement in (
        "CREATE EXTENSION hstore",
        "CREATE TYPE address AS (street text, city text, zip int)",
        "CREATE TABLE nested (doc xml, more hstore, home address)",
        r"""INSERT INTO nested VALUES (
            NULL, '"mail"=>"bob@example.org", "odd \" key, =>"=>NULL', ROW('1, "Main" St \ West', 'Bonn', NULL))""",
        "INSERT INTO nested VALUES (NULL, '', ROW(NULL, '(x)', 5))",
    ):
        trap.execute(statement)
    samples = {sample.field.path: sample for sample in trap.scanner.sample(Unit("crm", "public.nested"), BUDGET)}
    drawn = {path: sample.values.drop_null().to_pylist() for path, sample in samples.items()}
    assert samples["doc"].coverage.cause is Cause.EMPTY, "this server is built without XML, and holds nulls only"
    assert drawn["more.mail"] == ["bob@example.org"]
    assert samples['more."odd \\" key, =>"'].coverage.cause is Cause.EMPTY
    assert sorted(drawn["home.street"]) == ['1, "Main" St \\ West']
    assert sorted(drawn["home.city"]) == ["(x)", "Bonn"]
    assert drawn["home.zip"] == ["5"]


def test_arrays_and_documents_are_examined_by_their_leaves(trap):
    for statement in (
        "CREATE TYPE mood AS ENUM ('happy', 'sad')",
        """CREATE TABLE nested (tags text[], matrix int[], moods mood[], addresses inet[], doc jsonb, old json,
            ids bigint[])""",
        """INSERT INTO nested VALUES ('{ann@example.org,NULL}', '{{1,2},{3,4}}', '{happy,sad}', '{192.0.2.1}',
            '{"contacts": [{"email": "bob@example.org"}]}', '{"a.b": {"c": 1}}', '{4111111111111111}')""",
        """INSERT INTO nested VALUES ('{}', NULL, NULL, NULL, '"plain"', 'null', NULL)""",
    ):
        trap.execute(statement)
    samples = trap.scanner.sample(Unit("crm", "public.nested"), BUDGET)
    drawn = {sample.field.path: sample.values.drop_null().to_pylist() for sample in samples}
    assert drawn["tags[]"] == ["ann@example.org"]
    assert drawn["matrix[][]"] == [1, 2, 3, 4]
    assert drawn["moods"] == ["{happy,sad}"]
    assert drawn["addresses[]"] == ["192.0.2.1"]
    assert drawn["doc.contacts[].email"] == ["bob@example.org"]
    assert drawn["doc"] == ["plain"]
    assert drawn['old."a.b".c'] == [1]
    assert drawn["ids[]"] == [4111111111111111]


def test_bytes_that_are_no_text_are_not_examined_because_of_their_type(trap):
    trap.execute("CREATE TABLE pictures (picture bytea)")
    trap.database.execute("INSERT INTO pictures VALUES (%s)", (os.urandom(64) + b"\x00\xff",))
    (sample,) = trap.scanner.sample(Unit("crm", "public.pictures"), BUDGET)
    assert (sample.coverage.extent, sample.coverage.cause) == (Extent.NOT_EXAMINED, Cause.TYPE)


def test_a_cell_too_large_is_examined_in_part(trap):
    trap.execute("CREATE TABLE letters (body text)")
    trap.execute("INSERT INTO letters SELECT 'ann@example.org ' || repeat('x', 5000000)")
    (sample,) = trap.scanner.sample(Unit("crm", "public.letters"), BUDGET)
    assert (sample.coverage.extent, sample.coverage.cause) == (Extent.PARTIAL, Cause.TOO_LARGE)
    assert sample.values[0].as_py().startswith("ann@example.org")
    assert sample.values.nbytes < 100_000


def test_a_query_that_takes_too_long_ends_with_its_budget(trap):
    trap.execute("CREATE TABLE slow (a text)")
    trap.execute("INSERT INTO slow SELECT repeat('x', 100) FROM generate_series(1, 300000)")
    budget = Budget(rows=100_000, seconds=0.03)
    try:
        samples = trap.scanner.sample(Unit("crm", "public.slow"), budget)
        causes = {sample.coverage.cause for sample in samples}
    except UnitUnreadableError as error:
        causes = {error.cause}
    assert causes == {Cause.TIMEOUT}
