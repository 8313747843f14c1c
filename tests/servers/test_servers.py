"""The servers that other tests rely on are real: they enforce passwords and keys."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pymysql
import pytest
from botocore.exceptions import ClientError

from servers.process import ServerMissingError, running
from servers.s3 import Identity


def test_postgres_answers_its_superuser(postgres_database):
    postgres_database.execute("CREATE TABLE t (a int)")
    postgres_database.execute("INSERT INTO t VALUES (%s)", (7,))
    assert postgres_database.execute("SELECT a FROM t") == [(7,)]


def test_postgres_lets_a_role_in_by_its_password_alone(postgres_database):
    role = f"r_{postgres_database.name}"
    postgres_database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'it''s:a/secret'")
    postgres_database.log_in(role, "it's:a/secret")
    with pytest.raises(psycopg.OperationalError):
        postgres_database.log_in(role, "guess")


def test_mariadb_answers_its_administrator(mariadb_database):
    mariadb_database.execute("CREATE TABLE t (a int)")
    mariadb_database.execute("INSERT INTO t VALUES (%s)", (7,))
    assert mariadb_database.execute("SELECT a FROM t") == [(7,)]


def test_mariadb_lets_an_account_in_by_its_password_alone(mariadb_database):
    account = f"r_{mariadb_database.name}"
    mariadb_database.script(
        f"CREATE USER {account}@'127.0.0.1' IDENTIFIED BY 'secret'",
        f"GRANT SELECT ON {mariadb_database.name}.* TO {account}@'127.0.0.1'",
    )
    mariadb_database.log_in(account, "secret")
    with pytest.raises(pymysql.OperationalError):
        mariadb_database.log_in(account, "guess")


def test_s3_lets_the_reader_read_but_not_write(s3_bucket):
    s3_bucket.put("a/b.txt", b"hello")
    reader = s3_bucket.server.client(s3_bucket.server.reader)
    assert reader.get_object(Bucket=s3_bucket.name, Key="a/b.txt")["Body"].read() == b"hello"
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.put_object(Bucket=s3_bucket.name, Key="a/c.txt", Body=b"no")


def test_s3_refuses_a_wrong_secret(s3_bucket):
    stranger = s3_bucket.server.client(Identity(s3_bucket.server.admin.access_key, "guess"))
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        stranger.list_objects_v2(Bucket=s3_bucket.name)


HOLD_ONE = """
import sys, time
from pathlib import Path
from servers.process import running
with running(["/bin/sleep", "60"], folder=Path(sys.argv[1]), answers=lambda: True) as process:
    print(process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_server_ends_with_the_process_that_started_it(end, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", HOLD_ONE, tmp_path]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as holder:
        server = int(holder.stdout.readline())
        assert runs(server)
        holder.send_signal(end)
        holder.wait(timeout=30)
    until = time.monotonic() + 20
    while runs(server) and time.monotonic() < until:
        time.sleep(0.05)
    assert not runs(server)


def runs(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"  # a zombie waits for a container's init to notice


def test_a_server_that_does_not_start_says_why(tmp_path):
    with (
        pytest.raises(ServerMissingError, match="no such option"),
        running(["/bin/sh", "-c", "echo no such option >&2; exit 1"], folder=tmp_path, answers=lambda: False),
    ):
        pytest.fail("it cannot have started")
