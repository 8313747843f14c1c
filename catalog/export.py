"""The catalog as parquet that DuckDB, pandas and Spark read: stable columns, written whole and then renamed."""

import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.database import Connection
from catalog.reading import COVERAGE, held

WORD = "CASE {0} WHEN 1 THEN 'low' WHEN 2 THEN 'medium' WHEN 3 THEN 'high' WHEN 4 THEN 'critical' END"

# The contract's keys in the contract's order; entries without a class too: "clean" and "not examined" are findings.
ENTRIES = f"""
    SELECT concat(b.source, '/', b.dataset, '#', b.field) AS id, b.source, b.dataset, b.field, b.data_type, b.class,
           b.classes, nullif(b.classes[1].entity, '') AS entity, b.classes[1].confidence AS confidence, b.status,
           b.coverage, b.coverage_reason, {WORD.format("b.sensitivity")} AS sensitivity, b.regulations, b.requirements,
           b.owner, b.purpose, b.examined, b.distinct_values AS "distinct", b.matched, b.classes[1].mode AS mode,
           b.first_seen, b.looked AS last_scanned, b.decided_by, b.decided_at, b.run_id, b.row_count AS "rows",
           [p.class FOR p IN b.proposed] AS proposed, b.disagrees
    FROM ({held("NOT b.gone")}) b ORDER BY id
"""  # noqa: S608 - both parts are ours

DECISIONS = """
    SELECT d.version, d.happened, concat(d.source, '/', d.dataset, '#', d.field) AS entry_id, d.authority, d.actor,
           d.action, d.labels[1].class AS class, d.labels AS classes, d.seen, d.reason, d.valid_until, d.id AS serial,
           d.undoes, c.run_id
    FROM decisions d JOIN commits c USING (version) WHERE d.version <= $version
    UNION ALL
    SELECT v.version, c.happened, concat(v.source, '/', v.dataset, '#', v.field), 'machine', 'datakeep', 'classify',
           v.labels[1].class, v.labels, [], '', NULL, NULL, NULL, v.run_id
    FROM verdicts v JOIN commits c USING (version) WHERE v.version <= $version
    ORDER BY 1, 3, 12 NULLS FIRST
"""

COVERAGE_COLUMNS = f"""
    SELECT source, dataset, examined, partial, not_examined, classified, list_sort(coalesce(causes, [])) AS causes,
           {WORD.format("sensitivity")} AS sensitivity, last_scanned, run_id FROM ({COVERAGE.format(where="true")})
    ORDER BY source, dataset
"""  # noqa: S608 - both parts are ours

TABLES = {"entries": ENTRIES, "decisions": DECISIONS, "coverage": COVERAGE_COLUMNS}


def table(connection: Connection, name: str, version: int) -> pa.Table:
    """One of the tables as of a version; the same at any later time."""
    return connection.table(TABLES[name], {"version": version})


def write(name: str, found: pa.Table, folder: Path) -> Path:
    """The table as `NAME.parquet` in `folder`: a reader finds the old file or the new one, never half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{name}-", delete=False) as aside:
        try:
            pq.write_table(found, aside, compression="zstd")
            aside.flush()
            os.fsync(aside.fileno())
            return Path(aside.name).replace(folder / f"{name}.parquet")
        except BaseException:
            Path(aside.name).unlink(missing_ok=True)
            raise
