"""DynamoDB keeps a scanner's promises, items that drift included; moto stands in for the service."""

from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from scanners import Budget, Cause, Extent, Key, ScanError, Secret, Source, SourceUnreachableError, Unit, scanner_for
from scanners.dynamodb import DynamodbScanner
from scanners.testing import ScannerContract

SOURCE = Source(
    "items", "dynamodb://eu-west-1", access_key=Secret("AKIAEXAMPLE"), secret_key=Secret("a secret of the service's")
)


@pytest.fixture
def service():
    with mock_aws():
        yield boto3.client("dynamodb", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


def make(service, name, items=()):
    service.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    for item in items:
        service.put_item(TableName=name, Item=item)


PEOPLE = [
    {
        "id": {"S": f"p{n}"}, "email": {"S": f"person{n}@example.org"}, "card": {"N": str(4111111111111111 + n)},
        "profile": {"M": {"contacts": {"L": [{"M": {"email": {"S": f"c{n}@example.net"}}}]}}},
        **({"phones": {"SS": [f"+49 151 {n}", f"+49 152 {n}"]}} if n % 2 else {}),
        **({"score": {"N": "1.5"}} if n % 2 == 0 else {}),
        "photo": {"B": b"\x89PNG\x00"},
    }
    for n in range(60)
]  # fmt: skip


class TestDynamodb(ScannerContract):
    @pytest.fixture
    def scanner(self, service):
        make(service, "people", PEOPLE)
        make(service, "void")
        return scanner_for(SOURCE)

    @pytest.fixture
    def expected(self):
        return {
            "people": frozenset({"id", "email", "card", "profile.contacts[].email", "phones[]", "photo", "score"}),
            "void": frozenset({"id"}),
        }

    @pytest.fixture
    def empty(self):
        return "void"

    @pytest.fixture
    def unreachable(self, service):
        return DynamodbScanner(replace(SOURCE, name="nowhere", endpoint="http://127.0.0.1:1"))

    @pytest.fixture
    def change(self, service):
        def alter():
            service.put_item(TableName="people", Item={"id": {"S": "p1"}, "email": {"S": "new@example.org"}})
            return "people"

        return alter

    def test_reading_honours_its_limit_and_keeps_every_column(self, scanner):
        table = scanner.read(Unit("items", "people"), limit=60)
        assert set(table.column_names) == {"id", "email", "card", "profile", "phones", "photo", "score"}
        assert scanner.read(Unit("items", "people"), limit=2).num_rows == 2

    def test_values_are_those_of_the_items(self, scanner):
        (people, _) = scanner.units()
        assert people.fields[0].key is Key.PRIMARY
        drawn = {sample.field.path: sample for sample in scanner.sample(people, Budget(rows=100))}
        assert sorted(drawn["email"].values.to_pylist()) == sorted(f"person{n}@example.org" for n in range(60))
        assert drawn["card"].values.type == "int64"
        assert drawn["email"].coverage.method == "all"
        assert len(drawn["phones[]"].values) == 60
        assert (drawn["photo"].coverage.extent, drawn["photo"].coverage.cause) == (Extent.NOT_EXAMINED, Cause.TYPE)


def test_wrong_or_missing_credentials_are_said_without_them(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    bare = Source("items", "dynamodb://eu-west-1", endpoint="http://127.0.0.1:1")
    with pytest.raises(SourceUnreachableError, match="items does not answer"):
        list(scanner_for(bare).units())


def test_a_denial_is_told_from_a_table_that_is_gone():
    scanner = DynamodbScanner(SOURCE)
    unit = Unit("items", "people")
    assert scanner._said(unit, "AccessDeniedException").cause is Cause.PERMISSION
    assert scanner._said(unit, "ResourceNotFoundException").cause is Cause.GONE
    assert type(scanner._said(None, "AccessDeniedException")) is ScanError
    assert type(scanner._said(unit, "ThrottlingException")) is SourceUnreachableError
