"""Writes `duckdb-VERSION.gz`: a catalog as the first release's schema has it, in the file format of an older DuckDB.

    pip install duckdb==1.3.2 pyarrow       in an environment of its own
    python tests/catalog/stored/make.py ROWS OUT

ROWS is a folder of parquet files, one for each table, made of a catalog of today with the columns of then (`rows`).
"""

import gzip
import sys
from pathlib import Path

MIGRATIONS = Path(__file__).parents[3] / "catalog" / "migrations"
FIRST = ("0001_catalog.sql", "0002_thresholds.sql")
TABLES = ("commits", "runs", "run_ends", "looks", "verdicts", "decisions", "ownership", "beliefs")


def rows(folder: Path) -> None:
    """The parquet files, with the DuckDB and the code of today."""
    import duckdb  # noqa: PLC0415 - another one than below

    from catalog import Catalog, Word  # noqa: PLC0415
    from catalog.testing import day, record_run, unit  # noqa: PLC0415
    from classifiers import Taxonomy  # noqa: PLC0415

    then = duckdb.connect(":memory:")
    for name in FIRST:
        then.execute((MIGRATIONS / name).read_text(encoding="utf-8"))
    columns = {table: [row[0] for row in then.sql(f"DESCRIBE {table}").fetchall()] for table in TABLES}
    catalog = Catalog(folder / "now.duckdb", Taxonomy.load())
    table = unit(fields=("id", "email", "phone"), fingerprint="v1")
    for number, found in ((1, "user.contact.email"), (3, "user.name")):
        record_run(
            catalog, day(number), {table: {"id": (), "email": (found,), "phone": ("user.contact.phone_number",)}}
        )
        catalog.accept(["crm/public.customers#phone"], Word("bo", f"asked on day {number}"), now=day(number + 1))
    now = duckdb.connect(str(catalog.path))
    for name, wanted in columns.items():
        now.execute(f"COPY (SELECT {', '.join(wanted)} FROM {name}) TO '{folder / name}.parquet'")


def made(folder: Path, out: Path) -> None:
    """The file, with the DuckDB of then."""
    import duckdb  # noqa: PLC0415

    path = folder / "then.duckdb"
    with duckdb.connect(str(path)) as then:
        for name in FIRST:
            then.execute((MIGRATIONS / name).read_text(encoding="utf-8"))
        then.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name VARCHAR, sha256 VARCHAR)")
        then.executemany("INSERT INTO migrations VALUES (?, ?, '')", [(int(name[:4]), name) for name in FIRST])
        for table in TABLES:
            then.execute(f"INSERT INTO {table} BY NAME SELECT * FROM '{folder / table}.parquet'")
    out.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        rows(Path(sys.argv[1]))
    else:
        made(Path(sys.argv[1]), Path(sys.argv[2]))
