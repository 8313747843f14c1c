"""A bucket on a real server that enforces access: the contract for objects and for logs, and refused credentials."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scanners import Budget, Cause, Extent, Kind, ScanError, Secret, Source, SourceUnreachableError
from scanners.logs.s3 import S3LogScanner
from scanners.objects.s3 import Bucket, S3Scanner
from scanners.testing import ScannerContract

ACCESS = '10.0.0.{n} - user{n} [23/Nov/2026:10:00:00 +0100] "GET /join?email=u{n}%40example.com HTTP/1.1" 200 12\n'


def parquet(**columns):
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held, row_group_size=10)
    return held.getvalue()


@pytest.fixture
def reader(s3_server, monkeypatch):
    monkeypatch.setenv("DK_ACCESS", s3_server.reader.access_key)
    monkeypatch.setenv("DK_SECRET", s3_server.reader.secret_key)
    return {
        "endpoint": s3_server.endpoint,
        "access_key": Secret("${env:DK_ACCESS}"),
        "secret_key": Secret("${env:DK_SECRET}"),
    }


class TestS3Server(ScannerContract):
    @pytest.fixture
    def bucket(self, s3_bucket):
        for day in (1, 2):
            emails = [f"user{day}-{n}@example.com" for n in range(40)]
            address = [{"zip": f"{n:05}"} for n in range(40)]
            s3_bucket.put(f"raw/users/dt={day}/part-0.parquet", parquet(email=emails, address=address))
        s3_bucket.put("raw/people.csv.gz", gzip.compress(b"id;email\n007;ana@example.com\n"))
        s3_bucket.put("raw/leads.csv", b"id,email\n")
        return s3_bucket

    @pytest.fixture
    def scanner(self, bucket, reader):
        return S3Scanner(Source("lake", f"{bucket.url}raw/", **reader))

    @pytest.fixture
    def expected(self):
        return {
            "users": frozenset({"email", "address.zip", "dt"}),
            "people.csv.gz": frozenset({"id", "email"}),
            "leads.csv": frozenset({"id", "email"}),
        }

    @pytest.fixture
    def empty(self):
        return "leads.csv"

    @pytest.fixture
    def unreachable(self, s3_server, reader):
        return S3Scanner(Source("lake", "s3://no-such-bucket/raw/", **reader))

    @pytest.fixture
    def change(self, bucket):
        def changed():
            bucket.put("raw/people.csv.gz", gzip.compress(b"id;email\n008;bo@example.com\n"))
            return "people.csv.gz"

        return changed


class TestS3Logs(ScannerContract):
    @pytest.fixture
    def bucket(self, s3_bucket):
        s3_bucket.put("web/access.log", "".join(ACCESS.format(n=n) for n in range(9)).encode())
        s3_bucket.put("web/access.log.1.gz", gzip.compress(ACCESS.format(n=99).encode()))
        s3_bucket.put("app.log", json.dumps({"user": {"email": "ana@example.com"}}).encode())
        s3_bucket.put("idle.log", b"\n")
        return s3_bucket

    @pytest.fixture
    def scanner(self, bucket, reader):
        return S3LogScanner(Source("web", bucket.url, kind=Kind.LOGS, **reader))

    @pytest.fixture
    def expected(self):
        request = {f"request.{part}" for part in ("method", "path", "protocol", "query.email")}
        return {
            "web/access.log": frozenset({"client_ip", "user", "time", "status", "bytes"} | request),
            "app.log": frozenset({"user.email"}),
            "idle.log": frozenset({"message"}),
        }

    @pytest.fixture
    def empty(self):
        return "idle.log"

    @pytest.fixture
    def unreachable(self, s3_server, reader):
        return S3LogScanner(Source("web", "s3://no-such-bucket/", kind=Kind.LOGS, **reader))

    @pytest.fixture
    def change(self, bucket):
        def changed():
            bucket.put("app.log", json.dumps({"user": {"email": "bo@example.com"}}).encode())
            return "app.log"

        return changed


@pytest.mark.parametrize(("name", "value"), [("DK_ACCESS", "nobody"), ("DK_SECRET", "wrong-secret")])
def test_credentials_that_are_refused_are_told_apart_from_a_missing_bucket(s3_bucket, reader, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ScanError, match="source lake: the access key is not accepted") as caught:
        list(S3Scanner(Source("lake", s3_bucket.url, **reader)).units())
    assert not isinstance(caught.value, SourceUnreachableError)
    assert value not in f"{caught.value}{caught.value.__notes__}"


def test_a_bucket_that_is_not_there_is_named(reader):
    with pytest.raises(ScanError, match="there is no bucket no-such-bucket"):
        list(S3Scanner(Source("lake", "s3://no-such-bucket/", **reader)).units())


def test_access_denied_to_one_object_leaves_the_others_examined_in_part(s3_bucket, reader):
    for n in range(2):
        s3_bucket.put(f"users/part-{n}.csv", f"id,email\n{n},u{n}@example.com\n".encode())
    key = f"arn:aws:s3:::{s3_bucket.name}/users/part-1.csv"
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": key}
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3_bucket.server.client().put_bucket_policy(Bucket=s3_bucket.name, Policy=json.dumps(policy))
    scanner = S3Scanner(Source("lake", s3_bucket.url, **reader))
    samples = scanner.sample(next(iter(scanner.units())), Budget())
    s3_bucket.server.client().delete_bucket_policy(Bucket=s3_bucket.name)
    assert {sample.field.path: sample.values.to_pylist() for sample in samples}["id"] == ["0"]
    assert {sample.coverage.extent for sample in samples} == {Extent.PARTIAL}
    assert {(gap.part, gap.cause) for gap in samples[0].coverage.gaps} == {("users/part-1.csv", Cause.PERMISSION)}


def test_a_large_parquet_object_is_read_by_range(s3_bucket, reader, monkeypatch):
    rows = 200_000
    s3_bucket.put("big/part-0.parquet", _wide(rows))
    scanner = S3Scanner(Source("lake", s3_bucket.url, **reader))
    unit = next(iter(scanner.units()))
    fetched = []
    fetch = Bucket.fetch
    monkeypatch.setattr(Bucket, "fetch", lambda *args: fetched.append(fetch(*args)) or fetched[-1])
    samples = scanner.sample(unit, Budget(rows=100))
    assert samples[0].coverage.share == pytest.approx(100 / rows)
    assert sum(map(len, fetched)) < unit.parts[0].size * 0.7


def _wide(rows):
    held = io.BytesIO()
    columns = {f"c{n}": [f"{(row * 7919 + n) % 1_000_003:032x}" for row in range(rows)] for n in range(3)}
    pq.write_table(pa.table(columns), held, row_group_size=rows // 20, compression="none", use_dictionary=False)
    return held.getvalue()
