"""DynamoDB: tables of items that need not look alike. `dynamodb://eu-west-1` names a region, `endpoint` another server.

A table is drawn from by segments: a scan can be cut into as many parts as one likes, each a range of the hashed keys, so
that a few of many are a random part of the items at the price of reading only these.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.compute as pc
from boto3.dynamodb.types import Binary, TypeDeserializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scanners.flatten import array_of, flatten_rows
from scanners.interface import (
    Budget,
    Cause,
    Coverage,
    Extent,
    Field,
    Key,
    Sample,
    ScanError,
    Source,
    SourceUnreachableError,
    Unit,
    UnitUnreadableError,
)
from scanners.reservoir import reservoir

CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3})
# Items hoped for per segment: small enough that many places of the table are looked at, large enough to be worth a call.
PER_SEGMENT = 50
MOST_SEGMENTS = 1_000_000  # the service's own limit
TYPES = {"S": "text", "N": "numeric", "B": "binary"}
REFUSED = {"UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "IncompleteSignature"}
DENIED = {"AccessDeniedException", "AccessDenied"}
GONE = {"ResourceNotFoundException"}

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DynamodbScanner:
    """A region's tables as a source; credentials as boto3 finds them, or the source's key pair."""

    source: Source

    def units(self) -> Iterator[Unit]:
        """Every table with its key attributes; the others come with the samples."""
        with self._talking(None):
            client = self._client()
            pages = client.get_paginator("list_tables").paginate()
            names = sorted(name for page in pages for name in page["TableNames"])
            found = [self._unit(client.describe_table(TableName=name)["Table"]) for name in names if self._wants(name)]
        yield from found

    def sample(self, unit: Unit, budget: Budget, *, seed: int = 0) -> Sequence[Sample]:
        """Values of every attribute that the drawn items have, by their leaves."""
        with self._talking(unit):
            client = self._client()
            table = client.describe_table(TableName=unit.dataset)["Table"]
            known = self._unit(table).fields
            items, is_all = self._drawn(client, table, budget, seed)
        share = 1.0 if is_all else min(1.0, len(items) / table["ItemCount"]) if table.get("ItemCount") else None
        method = "all" if is_all else "block_sample"
        leaves = {leaf.path: leaf for leaf in flatten_rows(items)}
        fields = {field.path: field for field in known}
        return [
            _sample(
                fields.get(path) or Field(unit.source, unit.dataset, path, leaves[path].data_type),
                leaves[path].values if path in leaves else pa.nulls(0, pa.string()),
                Coverage(Extent.EXAMINED, rows=len(items), share=share, method=method),
            )
            for path in dict.fromkeys([*fields, *leaves])
        ]

    def read(self, unit: Unit, *, limit: int) -> pa.Table:
        """The first items with every attribute that one of them has."""
        with self._talking(unit):
            client = self._client()
            keys = [key["AttributeName"] for key in client.describe_table(TableName=unit.dataset)["Table"]["KeySchema"]]
            items = [_plain(item) for item in client.scan(TableName=unit.dataset, Limit=limit)["Items"]]
        names = dict.fromkeys([*keys, *(name for item in items for name in item)])
        return pa.table({name: array_of([item.get(name) for item in items]) for name in names})

    def _drawn(self, client: Any, table: Any, budget: Budget, seed: int) -> tuple[list[Item], bool]:
        """Items of random segments until there are enough, and whether they are all that there are."""
        total = max(1, min(MOST_SEGMENTS, table.get("ItemCount", 0) // max(1, min(PER_SEGMENT, budget.rows))))
        order = random.Random(seed).sample(range(total), min(total, 4 * budget.rows))  # noqa: S311 - repeatable
        items: list[Item] = []
        deadline, size = time.monotonic() + budget.seconds, 0
        for place, segment in enumerate(order):
            if place and (time.monotonic() > deadline or size > budget.bytes):
                return items[: budget.rows], False
            pages = client.get_paginator("scan").paginate(
                TableName=table["TableName"], Segment=segment, TotalSegments=total,
                PaginationConfig={"MaxItems": budget.rows + 1},
            )  # fmt: skip
            found = [item for page in pages for item in page["Items"]]
            size += sum(len(str(item)) for item in found)
            items += [_plain(item) for item in found]
            if len(items) > budget.rows or (len(items) == budget.rows and place + 1 < total):
                return reservoir(items, budget.rows, seed=seed), False
        return items, len(order) == total

    def _unit(self, table: Any) -> Unit:
        name = table["TableName"]
        types = {one["AttributeName"]: TYPES[one["AttributeType"]] for one in table["AttributeDefinitions"]}
        keys = [key["AttributeName"] for key in table["KeySchema"]]
        fields = (Field(self.source.name, name, key, types[key], nullable=False, key=Key.PRIMARY) for key in keys)
        # Counts are hours old by the service's own word: nothing here tells that a table did not change.
        return Unit(self.source.name, name, tuple(fields), rows=table.get("ItemCount"))

    def _wants(self, name: str) -> bool:
        source = self.source
        is_in = any(fnmatchcase(name, glob) for glob in source.include)
        return is_in and not any(fnmatchcase(name, glob) for glob in source.exclude)

    def _client(self) -> Any:
        source = self.source
        return boto3.client(
            "dynamodb",
            region_name=source.region or source.url.partition("://")[2].strip("/") or None,
            endpoint_url=source.endpoint,
            aws_access_key_id=source.access_key.resolve() if source.access_key else None,
            aws_secret_access_key=source.secret_key.resolve() if source.secret_key else None,
            config=CONFIG,
        )

    @contextmanager
    def _talking(self, unit: Unit | None) -> Iterator[None]:
        """Whatever the service says comes out in our words."""
        try:
            yield
        except ClientError as error:
            raise self._said(unit, error.response.get("Error", {}).get("Code", "")) from None
        except (BotoCoreError, ValueError):
            error_here = SourceUnreachableError(f"source {self.source.name} does not answer")
            error_here.add_note("check the region in the source's url, its endpoint and the credentials")
            raise error_here from None

    def _said(self, unit: Unit | None, code: str) -> ScanError:
        if code in REFUSED or (unit is None and code in DENIED):
            error = ScanError(f"source {self.source.name} does not let us in ({code})")
            error.add_note("check the credentials, and that they may list and describe tables")
            return error
        if unit is not None and code in DENIED | GONE:
            is_gone = code in GONE
            return UnitUnreadableError(
                f"{unit} is gone" if is_gone else f"{unit} may not be read with these credentials",
                Cause.GONE if is_gone else Cause.PERMISSION,
            )
        return SourceUnreachableError(f"source {self.source.name} does not answer ({code})")


def _sample(field: Field, values: pa.Array, seen: Coverage) -> Sample:
    if pa.types.is_binary(values.type):
        seen = Coverage(Extent.NOT_EXAMINED, Cause.TYPE, method=seen.method)
        return Sample(field, pa.nulls(0, pa.string()), seen)
    count, distinct = len(values) - values.null_count, len(pc.unique(values.drop_null()))
    extent, cause = (seen.extent, None) if count else (Extent.NOT_EXAMINED, Cause.EMPTY)
    return Sample(field, values, Coverage(extent, cause, seen.rows, count, distinct, seen.share, seen.method))


def _plain(item: Item) -> Item:
    """An item as Python has it: whole numbers as such, sets as lists."""
    read = TypeDeserializer()
    return {name: _simple(read.deserialize(value)) for name, value in item.items()}


def _simple(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, Binary):
        raw: Any = value  # its stubs do not know that it has bytes
        return bytes(raw)
    if isinstance(value, (set, list)):
        return [_simple(one) for one in (sorted(value, key=str) if isinstance(value, set) else value)]
    return {name: _simple(one) for name, one in value.items()} if isinstance(value, dict) else value
