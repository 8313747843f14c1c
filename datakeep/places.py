"""Where sources are, in the words of the catalogs that entries are exported to."""

from pathlib import PurePosixPath
from urllib.parse import parse_qs, urlsplit

from catalog import Place
from scanners import Source

# Where DataHub calls a platform otherwise than SQLAlchemy does: https://datahubproject.io/docs/generated/metamodel/entities/dataplatform
PLATFORMS = {"postgresql": "postgres", "cockroachdb": "cockroachdb", "file": "file", "awsathena": "athena"}
FILES = ("sqlite", "duckdb")


def place(source: Source) -> Place:
    """Where a source is. Nothing of its credentials is in it, nor the path of a folder on this machine."""
    scheme, parts = source.scheme.partition("+")[0], urlsplit(source.url)
    platform = PLATFORMS.get(scheme, scheme)
    if scheme == "s3":
        return Place(platform, folder=f"{parts.netloc}{parts.path}".rstrip("/") + "/")
    if scheme == "file":
        return Place(platform, folder="")
    if scheme in FILES:
        return Place(platform, PurePosixPath(parts.path).stem)
    catalog = parse_qs(parts.query).get("catalog", [None])[0]  # Databricks
    return Place(platform, catalog or parts.path.strip("/").partition("/")[0] or None)
