"""The servers that other tests rely on are real: they enforce passwords and keys."""

import psycopg
import pymysql
import pytest
from botocore.exceptions import ClientError

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
