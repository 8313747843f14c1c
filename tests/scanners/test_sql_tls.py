"""Across a network a database proves who it is before it hears a password; on this machine it need not."""

import socket
import ssl
import threading
from contextlib import ExitStack, closing, suppress

import pytest

from scanners import ScanError, Secret, Source, scanner_for
from scanners.sql.tls import authorities, is_local
from servers.certificates import HOST, certify

VERIFIED = {"postgres": "sslrootcert", "mariadb": "ssl_ca"}
OPEN = {"postgres": "sslmode=disable", "mariadb": "ssl_mode=disabled"}
ENCRYPTED = {"postgres": "sslmode=require", "mariadb": "ssl_mode=required"}


@pytest.mark.parametrize(
    "host", [None, "", "localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "/run/postgresql"]
)
def test_this_machine_is_local(host):
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["db.example.org", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org", "192.0.2.1"]
)
def test_everything_else_is_across_a_network(host):
    assert not is_local(host)


@pytest.fixture(params=["postgres", "mariadb"])
def engine(request):
    return request.param


class Front:
    """Speaks TLS before a PostgreSQL that is built without it: its answer to the request for TLS is yes."""

    def __init__(self, port, certificates):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        self.target = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with suppress(OSError), client:
            client.recv(8)
            client.sendall(b"S")
            with (
                self.context.wrap_socket(client, server_side=True) as safe,
                socket.create_connection(self.target) as server,
            ):
                back = threading.Thread(target=self.pump, args=(server, safe), daemon=True)
                back.start()
                self.pump(safe, server)
                back.join()

    def pump(self, source, target):
        with suppress(OSError):
            while data := source.recv(4096):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


@pytest.fixture
def stop():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def far(engine, request, monkeypatch, tmp_path, stop):
    """A database whose name is not this machine's, though it is reached here."""
    database = request.getfixturevalue(f"{engine}_database")
    database.execute("CREATE TABLE people (id INT)")
    real, port = socket.getaddrinfo, database.server.port
    if engine == "postgres":
        certify(tmp_path / "tls")
        front = Front(port, tmp_path / "tls")
        stop.callback(front.close)
        port = front.port

    def resolve(host, *more, **named):
        return real("127.0.0.1" if str(host).endswith("example.org") else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    def source(*options, host=HOST, port=port):
        here = ("hostaddr=127.0.0.1",) if engine == "postgres" else ()
        url = database.bare_url.replace(f"127.0.0.1:{database.server.port}", f"{host}:{port}")
        return Source(
            "crm", f"{url}?{'&'.join((*here, *options))}", password=Secret(database.password), allow_superuser=True
        )

    source.authority = tmp_path / "tls" / "ca.pem" if engine == "postgres" else database.server.authority
    source.plain_port = database.server.port
    return source


def listed(source):
    return [unit.dataset.rpartition(".")[2] for unit in scanner_for(source).units()]


def test_an_authority_that_the_url_names_is_enough(engine, far):
    assert listed(far(f"{VERIFIED[engine]}={far.authority}")) == ["people"]


def test_a_certificate_of_nobody_known_is_refused_before_a_password_is_sent(engine, far):
    with pytest.raises(ScanError, match="does not prove by TLS") as caught:
        listed(far())
    assert VERIFIED[engine] in caught.value.__notes__[0]
    assert caught.value.__cause__ is None
    if engine == "postgres":
        assert authorities(), "this machine trusts somebody, so it was not for want of a file"


def test_a_certificate_of_another_name_is_refused(engine, far):
    with pytest.raises(ScanError, match="does not prove by TLS"):
        listed(far(f"{VERIFIED[engine]}={far.authority}", host="other.example.org"))


def test_the_url_may_ask_for_less(engine, far):
    assert listed(far(ENCRYPTED[engine])) == ["people"]
    assert listed(far(OPEN[engine], port=far.plain_port)) == ["people"]


def test_a_postgres_that_offers_no_tls_is_refused(postgres_database):
    url = postgres_database.bare_url.replace("127.0.0.1", HOST) + "?hostaddr=127.0.0.1"
    with pytest.raises(ScanError, match="does not prove by TLS"):
        listed(Source("crm", url, password=Secret(postgres_database.password)))


def test_a_server_without_tls_gets_no_password(engine, request):
    """A go-between that says there is no TLS is how passwords are fished for."""
    hello = b"\x0a5.5.5-10.11.0-MariaDB\0" + b"\1\0\0\0" + b"12345678\0" + b"\xff\xf7\x2d\2\0\xff\x81\x15" + b"\0" * 10
    hello += b"123456789012\0" + b"mysql_native_password\0"
    said = {"postgres": b"N", "mariadb": len(hello).to_bytes(3, "little") + b"\0" + hello}[engine]
    heard = []

    def answer(listener):
        client, _ = listener.accept()
        with client:
            client.settimeout(3)
            if engine == "postgres":
                heard.append(client.recv(8))
            client.sendall(said)
            heard.append(client.recv(4096))

    monkeypatch = request.getfixturevalue("monkeypatch")
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **named: real("127.0.0.1", *more, **named))

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        serving = threading.Thread(target=answer, args=(listener,), daemon=True)
        serving.start()
        scheme = {"postgres": "postgresql", "mariadb": "mysql"}[engine]
        here = "?hostaddr=127.0.0.1" if engine == "postgres" else ""
        url = f"{scheme}://scanner@{HOST}:{listener.getsockname()[1]}/crm{here}"
        with pytest.raises(ScanError, match="does not prove by TLS"):
            listed(Source("crm", url, password=Secret("a password")))
        serving.join(5)
    assert heard[-1] == b"", "not a byte of a login"


def test_an_unknown_mode_is_an_error_that_names_the_known(mariadb_database):
    source = Source("crm", f"{mariadb_database.bare_url}?ssl_mode=maybe", password=Secret(mariadb_database.password))
    with pytest.raises(ScanError, match="ssl_mode") as caught:
        listed(source)
    assert "verify_identity" in caught.value.__notes__[0]
