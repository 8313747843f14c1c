"""How often people agreed with each recognizer: what a rule or a threshold should be changed for."""

import math
from dataclasses import dataclass

from catalog.database import Connection
from classifiers import DataClass

Z = 1.96  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Precision:
    """One recognizer on one class: of the fields it spoke for and on which a person decided, how many were so.

    `low` and `high` bound the true share with 95 % confidence (Wilson, JASA 22, 1927).
    """

    recognizer: str
    entity: str
    data_class: DataClass
    right: int
    decided: int

    @property
    def share(self) -> float:
        """The share that was right."""
        return self.right / self.decided

    @property
    def low(self) -> float:
        """The least that the share may be."""
        return max(0.0, min(self.share, self._middle - self._reach))

    @property
    def high(self) -> float:
        """The most that it may be."""
        return min(1.0, max(self.share, self._middle + self._reach))

    @property
    def _middle(self) -> float:
        return (self.share + Z**2 / (2 * self.decided)) / (1 + Z**2 / self.decided)

    @property
    def _reach(self) -> float:
        spread = self.share * (1 - self.share) / self.decided + Z**2 / (4 * self.decided**2)
        return Z / (1 + Z**2 / self.decided) * math.sqrt(spread)


# Each decision that holds, against the evidence that was known when it was made; the verdict's own remark is none.
PRECISION = """
    WITH decided AS (
        SELECT b.source, b.dataset, b.field, [c.class FOR c IN b.classes] AS held, d.version
        FROM personal b JOIN decisions d ON d.id = b.decision_id
        WHERE b.since <= $version AND (b.until IS NULL OR b.until > $version) AND d.authority = 'human'
    ), judged AS (
        SELECT d.held, unnest(arg_max(v.findings, v.version)) AS f
        FROM decided d JOIN verdicts v USING (source, dataset, field) WHERE v.version <= d.version
        GROUP BY d.source, d.dataset, d.field, d.held
    )
    SELECT f.detector AS recognizer, f.entity AS entity, f.class AS data_class, count(*) AS decided,
           count(*) FILTER (list_bool_or([h = f.class OR starts_with(h, concat(f.class, '.'))
                            OR starts_with(f.class, concat(h, '.')) FOR h IN held])) AS right
    FROM judged WHERE f.class IS NOT NULL AND NOT f.against AND f.detector <> 'verdict' GROUP BY ALL
    ORDER BY decided DESC, recognizer, entity, data_class
"""


def precision(connection: Connection, version: int) -> list[Precision]:
    """Every recognizer that spoke for a field on which a person's decision holds at a version, the most often heard first."""
    found = connection.rows(PRECISION, {"version": version})
    return [Precision(**{**row, "data_class": DataClass(row["data_class"])}) for row in found]
