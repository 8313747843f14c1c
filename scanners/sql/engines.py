"""What engines without a module of their own do differently, as data from the vendors' manuals. None is run in our tests.

The statements are checked as SQLAlchemy compiles them. Manuals: learn.microsoft.com/sql (FROM, SET DEADLOCK_PRIORITY),
docs.oracle.com (SELECT, SET TRANSACTION), docs.snowflake.com (SAMPLE, parameters), cloud.google.com/bigquery (table
sampling, INFORMATION_SCHEMA.PARTITIONS), docs.aws.amazon.com/redshift (query groups), trino.io (SELECT, Hive
connector), docs.databricks.com (TABLESAMPLE).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

# The newest partition's id of a BigQuery table that may only be read by its partitions, and what it is partitioned by.
BIGQUERY_PARTITION = """
SELECT COALESCE(MAX(c.column_name), '_PARTITIONTIME'), COALESCE(MAX(c.data_type), 'TIMESTAMP'), MAX(p.partition_id)
FROM {schema}.INFORMATION_SCHEMA.TABLE_OPTIONS AS o
JOIN {schema}.INFORMATION_SCHEMA.PARTITIONS AS p ON p.table_name = o.table_name
LEFT JOIN {schema}.INFORMATION_SCHEMA.COLUMNS AS c
    ON c.table_name = o.table_name AND c.is_partitioning_column = 'YES'
WHERE o.table_name = :name AND o.option_name = 'require_partition_filter' AND o.option_value = 'true'
    AND p.partition_id NOT IN ('__NULL__', '__UNPARTITIONED__', '__STREAMING_UNPARTITIONED__')
HAVING MAX(p.partition_id) IS NOT NULL
"""
FORMATS = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H"}


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine.

    `sample` follows the table in a statement and takes a percentage and a seed; an engine without gives its first rows.
    `settle` is said first in every session, to be read-only, patient and recognised as far as the engine lets one;
    `seconds` and `milliseconds` stand for the time-out. `connect` are arguments for the driver. `partition` asks for
    column, type and id of the newest partition of a table that may only be read by its partitions.
    """

    sample: str = ""
    settle: tuple[str, ...] = ()
    connect: Mapping[str, Any] = field(default_factory=dict)
    partition: str = ""


ENGINES = {
    "mssql": Engine(
        "TABLESAMPLE ({percent} PERCENT) REPEATABLE ({seed})",
        ("SET DEADLOCK_PRIORITY LOW", "SET LOCK_TIMEOUT 1000", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"),
    ),
    "oracle": Engine("SAMPLE BLOCK ({percent}) SEED ({seed})", ("SET TRANSACTION READ ONLY",)),
    "snowflake": Engine(
        "SAMPLE SYSTEM ({percent}) SEED ({seed})",
        (
            "ALTER SESSION SET QUERY_TAG = 'datakeep'",
            "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {seconds}",
            "ALTER SESSION SET LOCK_TIMEOUT = 1",
        ),
        {"login_timeout": 10},
    ),
    "bigquery": Engine("TABLESAMPLE SYSTEM ({percent} PERCENT)", partition=BIGQUERY_PARTITION),
    "redshift": Engine(
        "", ("SET statement_timeout TO {milliseconds}", "SET query_group TO 'datakeep'", "SET TRANSACTION READ ONLY")
    ),
    "trino": Engine("TABLESAMPLE SYSTEM ({percent})", ("SET SESSION query_max_run_time = '{seconds}s'",)),
    "databricks": Engine("TABLESAMPLE ({percent} PERCENT) REPEATABLE ({seed})", ("SET STATEMENT_TIMEOUT = {seconds}",)),
}


def bound(data_type: str, partition: str) -> int | date | datetime | None:
    """What BigQuery's partition of that id begins with, in the column's type; None for an id that is none we know."""
    if not partition.isdigit():
        return None
    if data_type.upper() in {"INT64", "INTEGER"}:
        return int(partition)
    form = FORMATS.get(len(partition))
    try:
        at = datetime.strptime(partition, form) if form else None  # noqa: DTZ007 - as the column has it
    except ValueError:
        return None
    return at.date() if at and data_type.upper() == "DATE" else at
