"""A real MariaDB: the machine's own, or Debian's packages unpacked into `.cache`, which asks for no privilege."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pymysql

from servers.certificates import certify
from servers.database import Database, new_database
from servers.process import (
    ServerMissingError,
    environment,
    free_ports,
    give_to_server,
    own_folder,
    reachable_by_all,
    running,
    unprivileged,
)

PACKAGE = "mariadb-server-core"
UNPACKED = Path(__file__).parents[2] / ".cache" / "mariadb"
TABLES = ("system_tables", "performance_tables", "system_tables_data")  # in this order, as mariadb-install-db does


@dataclass(frozen=True)
class Mariadb:
    """A running server, its administrator, and the authority that signed its certificate."""

    host: str
    port: int
    user: str
    password: str
    authority: Path

    def url(self, name: str = "mysql", user: str | None = None, password: str | None = None) -> str:
        """The URL of one database: the administrator's with its password, unless said otherwise."""
        secret = self.password if user is None and password is None else password
        account = quote(user or self.user, safe="") + (f":{quote(secret, safe='')}" if secret else "")
        return f"mysql://{account}@{self.host}:{self.port}/{name}"

    def run(self, name: str, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement as the administrator and commit; rows where it has any."""
        with self._connect(name, self.user, self.password) as connection, connection.cursor() as cursor:
            cursor.execute(statement, tuple(parameters) or None)
            return list(cursor.fetchall())

    def log_in(self, name: str, user: str, password: str) -> None:
        """Connect as somebody and leave again. Raises pymysql.OperationalError where that is refused."""
        self._connect(name, user, password).close()

    def _connect(self, name: str, user: str, password: str) -> "pymysql.Connection[Any]":
        return pymysql.connect(host=self.host, port=self.port, user=user, password=password, database=name,
                               autocommit=True, charset="utf8mb4")  # fmt: skip

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A new, empty database, dropped afterwards."""
        with new_database(self, "mysql", "DROP DATABASE {name}") as made:
            yield made


@contextmanager
def mariadb_server() -> Iterator[Mariadb]:
    """Start a server on 127.0.0.1 and a free port, and stop it afterwards. Raises ServerMissingError."""
    with own_folder("mariadb") as folder:
        program, share, libraries = _program(folder)
        server = Mariadb("127.0.0.1", free_ports(1)[0], "root", "correct horse", folder / "tls" / "ca.pem")
        certify(folder / "tls")
        env = {"LD_LIBRARY_PATH": str(libraries)} if libraries else {}
        command = [program, "--no-defaults", f"--datadir={folder / 'data'}", f"--lc-messages-dir={share}",
                   f"--character-sets-dir={share / 'charsets'}"]  # fmt: skip
        _initialise(command, share, server.password, folder, env)
        serve = [*command, "--bind-address=127.0.0.1", f"--port={server.port}", f"--socket={folder / 'm.sock'}",
                 f"--ssl-cert={folder / 'tls' / 'server.pem'}", f"--ssl-key={folder / 'tls' / 'server.key'}",
                 "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"]  # fmt: skip
        with running(serve, folder=folder, answers=lambda: _answers(server), env=env):
            yield server


def _program(folder: Path) -> tuple[Path, Path, Path | None]:
    """mariadbd, its shared files, and its own libraries where these are not the machine's."""
    installed = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    share = Path("/usr/share/mysql")
    if installed and (share / "charsets").is_dir():
        return Path(installed), share, None
    root = UNPACKED
    if not (root / "usr/sbin/mariadbd").exists():
        _unpack()
    if os.geteuid() == 0 and not reachable_by_all(root):
        root = folder / "programs"
        shutil.copytree(UNPACKED, root, symlinks=True)
        give_to_server(root)
    libraries = next(root.glob("usr/lib/*/libaio.so*"), None)
    return root / "usr/sbin/mariadbd", root / "usr/share/mysql", libraries.parent if libraries else None


def _unpack() -> None:
    """Fetch Debian's packages that this machine lacks, and unpack them under `.cache`, whole or not at all."""
    if not shutil.which("apt-get"):
        raise ServerMissingError("no mariadbd on this machine, and no apt-get to fetch Debian's")
    half = UNPACKED.with_name(f"mariadb.{os.getpid()}")
    fetched = half / "packages"
    fetched.mkdir(parents=True)
    try:
        options, names = _needed(half)
        _apt([*options, "download", *names], fetched)
        for package in sorted(fetched.glob("*.deb")):
            subprocess.run(["dpkg", "-x", package, half / "root"], check=True)
        (half / "root").rename(UNPACKED)
    except OSError:
        if not UNPACKED.exists():  # another test run may have been faster
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _needed(half: Path) -> tuple[list[str], list[str]]:
    """Options for apt-get, and the packages to fetch; with package lists of our own where the machine has none."""
    simulate = ["-s", "install", "--no-install-recommends", PACKAGE]
    options: list[str] = []
    try:
        said = _apt(simulate, half)
    except ServerMissingError:
        for name in ("lists/partial", "cache/archives/partial"):
            (half / name).mkdir(parents=True)
        options = ["-o", f"Dir::State::lists={half / 'lists'}", "-o", f"Dir::Cache={half / 'cache'}",
                   "-o", "APT::Sandbox::User="]  # fmt: skip
        _apt([*options, "update"], half)
        said = _apt([*options, *simulate], half)
    return options, [line.split()[1] for line in said.splitlines() if line.startswith("Inst ")]


def _apt(arguments: list[str], folder: Path) -> str:
    ran = subprocess.run(["apt-get", "-q", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise ServerMissingError(f"apt-get {arguments[-1]}: {ran.stderr.strip()[-300:]}")
    return ran.stdout


def _initialise(command: list[str | Path], share: Path, password: str, folder: Path, env: dict[str, str]) -> None:
    (folder / "data").mkdir()
    give_to_server(folder / "data")
    give_to_server(folder / "tls")
    scripts = [next(share.glob(f"m*_{name}.sql")).read_text() for name in TABLES]
    admin = [
        "FLUSH PRIVILEGES;",
        f"CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '{password}';",
        "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n",
    ]
    first = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket=NULL;"]
    script = "\n".join([*first, *scripts, *admin])
    made = subprocess.run([*command, "--bootstrap", "--log-warnings=0"], cwd=folder, input=script, text=True, check=False,
                          capture_output=True, env=environment(folder, env), **unprivileged())  # fmt: skip
    if made.returncode != 0:
        raise ServerMissingError(f"mariadbd --bootstrap failed: {made.stderr.strip()[-300:]}")


def _answers(server: Mariadb) -> bool:
    try:
        server.run("mysql", "SELECT 1")
    except pymysql.OperationalError:
        return False
    return True
