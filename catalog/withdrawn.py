"""Classes that were once held of an entry and are no more: what was told to others has to be taken back there."""

from collections.abc import Iterable

from catalog.database import Connection
from classifiers import DataClass

WITHDRAWN = """
    WITH once AS (
        SELECT DISTINCT source, dataset, field, unnest([c.class FOR c IN classes]) AS class FROM beliefs
        WHERE since <= $version AND until <= $version AND (len($sources) = 0 OR list_contains($sources, source))
    )
    SELECT concat(o.source, '/', o.dataset, '#', o.field) AS id, list(o.class ORDER BY o.class) AS classes
    FROM once o JOIN beliefs b USING (source, dataset, field)
    WHERE b.since <= $version AND (b.until IS NULL OR b.until > $version) AND NOT b.gone
          AND NOT list_contains([c.class FOR c IN b.classes], o.class)
    GROUP BY id
"""


def withdrawn(connection: Connection, version: int, sources: Iterable[str]) -> dict[str, tuple[DataClass, ...]]:
    """By id, the classes that were held before a version of an entry that is there, and are not held at it."""
    found = connection.rows(WITHDRAWN, {"version": version, "sources": list(sources)})
    return {row["id"]: tuple(map(DataClass, row["classes"])) for row in found}
