"""Real servers for the tests: started when first asked for, stopped for sure, on loopback and free ports."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from servers.mariadb import mariadb_server
from servers.postgres import postgres_server
from servers.process import ServerMissingError
from servers.s3 import s3_server as start_s3

MISSING = pytest.StashKey[dict[str, str]]()
# What a shell runs in the background is deaf to SIGINT, and so is what that starts: tests that interrupt would wait in vain.
signal.signal(signal.SIGINT, signal.default_int_handler)
SERVERS = {"PostgreSQL": postgres_server, "MariaDB": mariadb_server, "S3": start_s3}


@pytest.fixture(scope="session")
def _started(request):
    """Starts servers by name, and stops them at the end of the session, also when it is interrupted."""
    missing = request.config.stash.setdefault(MISSING, {})
    with ExitStack() as stop:

        def start(name):
            if name not in missing:
                try:
                    return stop.enter_context(SERVERS[name]())
                except ServerMissingError as error:
                    missing[name] = str(error)
            reason = f"no {name} here: {missing[name]}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)

        yield start


@pytest.fixture(scope="session")
def postgres(_started):
    """A PostgreSQL server; tests take `postgres_database` unless they need the server itself."""
    return _started("PostgreSQL")


@pytest.fixture(scope="session")
def mariadb(_started):
    """A MariaDB server; tests take `mariadb_database` unless they need the server itself."""
    return _started("MariaDB")


@pytest.fixture(scope="session")
def s3_server(_started):
    """An S3 server that enforces access; tests take `s3_bucket` unless they need the server itself."""
    return _started("S3")


@pytest.fixture
def postgres_database(postgres):
    """An empty PostgreSQL database of the test's own."""
    with postgres.database() as made:
        yield made


@pytest.fixture
def mariadb_database(mariadb):
    """An empty MariaDB database of the test's own."""
    with mariadb.database() as made:
        yield made


@pytest.fixture
def s3_bucket(s3_server):
    """An empty bucket of the test's own."""
    with s3_server.bucket() as made:
        yield made


@dataclass(frozen=True)
class Demo:
    """What one run of the demo printed, and the folder it worked in; `home` was the user's."""

    code: int
    out: str
    err: str
    folder: Path
    home: Path


def run_demo(folder, home):
    """`datakeep demo` as a user calls it, in a process of its own and without our environment's settings."""
    program = Path(sys.executable).with_name("datakeep")
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "COLUMNS": "200"}
    ran = subprocess.run(
        [program, "demo", "--dir", folder], capture_output=True, text=True, check=False, env=env, cwd=home
    )
    return Demo(ran.returncode, ran.stdout, ran.stderr, folder, home)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo, run once. Tests look; who changes something works on a copy of the folder."""
    return run_demo(tmp_path_factory.mktemp("demo") / "demo", tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def demo_again(demo):
    """The demo, run once more in the same folder."""
    return run_demo(demo.folder, demo.home)


def pytest_terminal_summary(terminalreporter, config):
    """Name the servers that were not to be had: what was skipped must not look like what passed."""
    for name, reason in config.stash.get(MISSING, {}).items():
        terminalreporter.write_line(f"NOT TESTED against {name}: {reason}", red=True)
