"""A server that stalls, drips, drops or lies costs the unit that was being read, within its time, and nothing else."""

import socket
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from uuid import uuid4

import psycopg
import pymysql
import pytest

from scanners import Budget, Cause, ScanError, Secret, Source, SourceUnreachableError, UnitUnreadableError, scanner_for
from scanners.sql import session

PASSWORD = "reads only"
BUDGET = Budget(rows=5000, seconds=1)
PATIENCE = 6  # seconds: the budget, the least that psycopg takes to connect in, and two busy cores


@pytest.fixture(autouse=True)
def _hardly_any_grace(monkeypatch):
    monkeypatch.setattr(session, "GRACE", 0.2)


class Wire:
    """A relay to a real server, whose `bad`-th connection breaks after so many bytes of the server's."""

    def __init__(self, host, port, *, bad, after, how):
        self.target, self.bad, self.after, self.how = (host, port), bad, after, how
        self.seen = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = [self.listener]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.seen += 1
                server = socket.create_connection(self.target)
                self.open += [client, server]
                limit = self.after if self.seen == self.bad else None
                threading.Thread(target=self.pump, args=(client, server, None), daemon=True).start()
                threading.Thread(target=self.pump, args=(server, client, limit), daemon=True).start()

    def pump(self, source, target, limit):
        passed = 0
        with suppress(OSError):
            while data := source.recv(4096):
                if limit is not None and passed + len(data) > limit:
                    target.sendall(data[: limit - passed])
                    return self.misbehave(source, target)
                passed += len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
        return None

    def misbehave(self, source, target):
        if self.how == "drop":
            target.shutdown(socket.SHUT_RDWR)
        elif self.how == "drip":
            while byte := source.recv(1):
                target.sendall(byte)
                time.sleep(0.2)

    def close(self):
        for one in self.open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def relay(source, **how):
    host, port = "127.0.0.1", int(source.url.split("127.0.0.1:")[1].split("/")[0])
    with closing(Wire(host, port, **how)) as wire:
        yield replace(source, url=source.url.replace(f":{port}/", f":{wire.port}/"))


@pytest.fixture(params=["postgres", "mariadb"])
def source(request):
    database = request.getfixturevalue(f"{request.param}_database")
    database.script(*(f"CREATE TABLE {name} (body VARCHAR(200))" for name in ("first", "second", "third")))
    values = ", ".join(
        ["('a line of a hundred characters or so, such as people write to each other all the time')"] * 2000
    )
    for name in ("first", "second", "third"):
        database.execute(f"INSERT INTO {name} VALUES {values}")
    return Source("crm", database.bare_url, password=Secret(database.password), allow_superuser=True, budget=BUDGET)


@pytest.mark.parametrize(
    ("how", "after"),
    [("stall", 0), ("stall", 100), ("stall", 4_000), ("stall", 40_000), ("drip", 1), ("drip", 1_000)]
    + [("drop", after) for after in (0, 100, 1_000, 40_000)],
)
def test_a_connection_that_breaks_costs_one_table(source, how, after):
    with relay(source, bad=3, after=after, how=how) as broken:
        scanner = scanner_for(broken)
        units = list(scanner.units())
        outcome = []
        for unit in units:
            started = time.monotonic()
            try:
                samples = scanner.sample(unit, BUDGET)
                outcome.append(samples[0].coverage.cause)
            except (UnitUnreadableError, SourceUnreachableError) as error:
                outcome.append(type(error))
            assert time.monotonic() - started < PATIENCE
    assert (outcome[0], outcome[2]) == (None, None)
    assert outcome[1] in {UnitUnreadableError, SourceUnreachableError, Cause.TIMEOUT}


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xff\xff\xff" * 8, b"\x00" * 64, b"N", b"E\x7f\xff\xff\xff", b"R\0\0\0\x08\0\0\0\x63"],
)  # fmt: skip
def test_what_is_no_such_server_is_an_error_in_time(scheme, said):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        held = []

        def answer():
            with suppress(OSError):
                while True:
                    held.append(listener.accept()[0])
                    held[-1].sendall(said)

        threading.Thread(target=answer, daemon=True).start()
        url = f"{scheme}://scanner@127.0.0.1:{listener.getsockname()[1]}/crm"
        started = time.monotonic()
        with pytest.raises(ScanError, match="crm"):
            list(scanner_for(Source("crm", url, password=Secret(PASSWORD), budget=BUDGET)).units())
        assert time.monotonic() - started < PATIENCE
        for one in held:
            one.close()


def test_a_rogue_mysql_server_gets_no_file(tmp_path):
    """After any statement a server may ask for a file of the client's (LOAD DATA LOCAL); none is sent."""
    secret = tmp_path / "secret"
    secret.write_text("the salaries")
    hello = (b"\x0a5.5.5-10.11.0-MariaDB\0" + b"\1\0\0\0" + b"12345678\0" + b"\xff\xf7\x2d\2\0\xff\x81\x15" + b"\0" * 10
             + b"123456789012\0" + b"mysql_native_password\0")  # fmt: skip
    received = []

    def packet(number, body):
        return len(body).to_bytes(3, "little") + bytes([number]) + body

    def serve(listener):
        with suppress(OSError):
            client, _ = listener.accept()
            with client:
                client.sendall(packet(0, hello))
                received.append(client.recv(65536))
                client.sendall(packet(2, b"\0\0\0\2\0\0\0"))  # OK, you are in
                while data := client.recv(65536):
                    received.append(data)
                    client.sendall(packet(1, b"\xfb" + str(secret).encode()))

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"mysql://scanner@127.0.0.1:{listener.getsockname()[1]}/crm"
        with pytest.raises(ScanError, match="crm"):
            list(scanner_for(Source("crm", url, password=Secret(PASSWORD), budget=BUDGET)).units())
    assert len(received) >= 2, "it came as far as a statement"
    assert not any(b"salaries" in data for data in received)


def once_let_in(url):
    """A connection, as soon as the server has noticed that the one before it is gone."""
    until = time.monotonic() + 10
    while True:
        try:
            return psycopg.connect(url)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_a_server_without_a_free_connection_costs_the_unit_and_recovers(postgres_database):
    role = f"scanner_{uuid4().hex[:8]}"
    postgres_database.script(
        "CREATE TABLE first (id int)", "INSERT INTO first VALUES (1)",
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 1 IN ROLE pg_read_all_data",
    )  # fmt: skip
    scanner = scanner_for(Source("crm", postgres_database.url_of(role), password=Secret(PASSWORD)))
    (unit,) = scanner.units()
    with closing(once_let_in(postgres_database.url_of(role, PASSWORD))):
        with pytest.raises(UnitUnreadableError, match="no connection left") as caught:
            scanner.sample(unit, BUDGET)
        assert caught.value.cause is Cause.BUSY
    assert scanner.sample(unit, BUDGET)[0].values.to_pylist() == [1]


def test_mariadb_says_what_keeps_it_out(mariadb_database):
    server, name = mariadb_database.server, mariadb_database.name
    role = f"scanner_{uuid4().hex[:8]}"
    mariadb_database.script(
        f"CREATE USER {role}@'%' IDENTIFIED BY '{PASSWORD}' WITH MAX_USER_CONNECTIONS 1",
        f"GRANT SELECT ON {name}.* TO {role}@'%'", "CREATE TABLE first (id int)",
    )  # fmt: skip

    def said(url, password=PASSWORD, **more):
        with pytest.raises(ScanError) as caught:
            list(scanner_for(Source("crm", url, password=Secret(password), **more)).units())
        return str(caught.value)

    good = mariadb_database.url_of(role)
    assert "does not let us in" in said(good, "wrong")
    assert "does not answer" in said(good.replace(f":{server.port}/", ":1/"))
    assert "SUPER" in said(mariadb_database.bare_url, mariadb_database.password)
    assert "init_command is not allowed" in said(f"{good}?init_command=DROP")
    with closing(pymysql.connect(host=server.host, port=server.port, user=role, password=PASSWORD)):
        assert "no connection left" in said(good)
    assert [unit.dataset for unit in scanner_for(Source("crm", good, password=Secret(PASSWORD))).units()] == ["first"]
