"""A bucket as a source: the contract over moto, and what a refused or missing thing is called."""

import boto3
import pytest
from moto import mock_aws

from scanners import Budget, Cause, Extent, ScanError, Secret, Source, SourceUnreachableError, UnitUnreadableError
from scanners.objects.s3 import S3Scanner
from scanners.testing import ScannerContract

OBJECTS = {
    "raw/users/dt=1/part-0.csv": b"id,email\n007,ana@example.com\n008,bo@example.com\n",
    "raw/users/dt=2/part-0.csv": b"id,email\n009,cleo@example.com\n",
    "raw/orders.jsonl": b'{"id": 1, "buyer": {"email": "ana@example.com"}}\n',
    "raw/leads.csv": b"id,email\n",
    "raw/": b"",
    "raw-old/users.csv": b"id\n1\n",
}


@pytest.fixture
def bucket(monkeypatch):
    for name, value in {
        "ACCESS_KEY_ID": "testing",
        "SECRET_ACCESS_KEY": "testing",
        "DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="acme-lake")
        for key, body in OBJECTS.items():
            client.put_object(Bucket="acme-lake", Key=key, Body=body)
        yield client


class TestS3(ScannerContract):
    @pytest.fixture
    def scanner(self, bucket):
        return S3Scanner(Source("lake", "s3://acme-lake/raw/"))

    @pytest.fixture
    def expected(self):
        return {
            "users": frozenset({"id", "email", "dt"}),
            "orders.jsonl": frozenset({"id", "buyer.email"}),
            "leads.csv": frozenset({"id", "email"}),
        }

    @pytest.fixture
    def empty(self):
        return "leads.csv"

    @pytest.fixture
    def unreachable(self, bucket):
        return S3Scanner(Source("lake", "s3://no-such-bucket/raw/"))

    @pytest.fixture
    def change(self, bucket):
        def changed():
            bucket.put_object(Bucket="acme-lake", Key="raw/users/dt=1/part-0.csv", Body=b"id,email\n1,x@example.com\n")
            return "users"

        return changed


@pytest.mark.parametrize(
    ("url", "datasets"),
    [
        ("s3://acme-lake", ["raw/leads.csv", "raw/orders.jsonl", "raw/users", "raw-old/users.csv"]),
        ("s3://acme-lake/raw", ["leads.csv", "orders.jsonl", "users"]),
        ("s3://acme-lake/raw/orders.jsonl", ["orders.jsonl"]),
        ("s3://acme-lake/raw/*.csv", ["leads.csv"]),
        ("s3://acme-lake/raw/**/*.csv", ["leads.csv", "users"]),
    ],
)
def test_a_url_names_a_bucket_a_prefix_an_object_or_a_glob(bucket, url, datasets):
    assert sorted(unit.dataset for unit in S3Scanner(Source("lake", url)).units()) == sorted(datasets)


def test_an_object_that_changed_since_it_was_listed_is_gone(bucket):
    scanner = S3Scanner(Source("lake", "s3://acme-lake/raw/"))
    unit = next(unit for unit in scanner.units() if unit.dataset == "orders.jsonl")
    bucket.put_object(Bucket="acme-lake", Key="raw/orders.jsonl", Body=b'{"id": 22222}\n')
    with pytest.raises(UnitUnreadableError, match=r"orders\.jsonl changed or went away") as caught:
        scanner.sample(unit, Budget())
    assert caught.value.cause is Cause.GONE


def test_one_object_gone_leaves_the_others_examined_in_part(bucket):
    scanner = S3Scanner(Source("lake", "s3://acme-lake/raw/"))
    unit = next(unit for unit in scanner.units() if unit.dataset == "users")
    bucket.delete_object(Bucket="acme-lake", Key="raw/users/dt=1/part-0.csv")
    coverage = {sample.coverage for sample in scanner.sample(unit, Budget())}.pop()
    assert (coverage.extent, coverage.cause) == (Extent.PARTIAL, Cause.GONE)
    assert [gap.part for gap in coverage.gaps] == ["users/dt=1/part-0.csv"]


def test_an_endpoint_that_does_not_answer_is_unreachable(monkeypatch):
    monkeypatch.setenv("DK_ACCESS", "a")
    monkeypatch.setenv("DK_SECRET", "hush-hush")
    keys = {"access_key": Secret("${env:DK_ACCESS}"), "secret_key": Secret("${env:DK_SECRET}")}
    scanner = S3Scanner(Source("lake", "s3://acme-lake/raw/", endpoint="http://127.0.0.1:9", **keys))
    with pytest.raises(SourceUnreachableError, match="lake") as caught:
        list(scanner.units())
    assert "hush-hush" not in f"{caught.value}{caught.value.__notes__ if hasattr(caught.value, '__notes__') else ''}"


def test_an_endpoint_that_is_no_url_is_named(bucket):
    with pytest.raises(ScanError, match="source lake: its endpoint"):
        list(S3Scanner(Source("lake", "s3://acme-lake/", endpoint="nonsense")).units())


@pytest.mark.parametrize(
    "key",
    ["../../etc/x.csv", "/absolute.csv", "a//b.csv", "ä ö?#%2F&.csv", "x" * 900 + ".csv", "~/x.csv", "nul\x01.csv"],
)
def test_a_key_is_a_name_and_never_a_path_of_this_machine(bucket, key):
    bucket.put_object(Bucket="acme-lake", Key=f"odd/{key}", Body=b"id,email\n1,a@b.example\n")
    scanner = S3Scanner(Source("lake", "s3://acme-lake/odd/"))
    (unit,) = scanner.units()
    assert {s.field.path: s.values.to_pylist() for s in scanner.sample(unit, Budget())}["id"] == ["1"]


def test_an_archived_object_is_not_examined_and_says_so(bucket):
    body = b"id,email\n1,a@b.example\n"
    bucket.put_object(Bucket="acme-lake", Key="cold/users.csv", Body=body, StorageClass="GLACIER")
    scanner = S3Scanner(Source("lake", "s3://acme-lake/cold/"))
    with pytest.raises(UnitUnreadableError, match="archived") as caught:
        scanner.sample(next(iter(scanner.units())), Budget())
    assert caught.value.cause is Cause.UNREACHABLE


def test_thousands_of_objects_are_listed_page_by_page(bucket):
    for n in range(1100):
        bucket.put_object(Bucket="acme-lake", Key=f"many/dt={n}/part-0.csv", Body=b"id\n1\n")
    (unit,) = S3Scanner(Source("lake", "s3://acme-lake/many/")).units()
    assert (unit.dataset, len(unit.parts)) == ("many", 1100)
