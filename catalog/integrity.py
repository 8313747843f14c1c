"""What must be true of a catalog file whatever happened to it. A WAL that lost its end opens without a complaint."""

from catalog.database import Connection

# Each finds rows that must not be there.
INVARIANTS = {
    "a field has two current beliefs": """
        SELECT source, dataset, field FROM beliefs WHERE until IS NULL GROUP BY ALL HAVING count(*) > 1""",
    "a field's beliefs overlap in time or leave a gap": """
        SELECT field FROM (
            SELECT field, until, lead(since) OVER (PARTITION BY source, dataset, field ORDER BY since) AS following
            FROM beliefs
        ) WHERE following IS NOT NULL AND until IS DISTINCT FROM following""",
    "a field's last belief was ended by nothing": """
        SELECT field FROM beliefs GROUP BY source, dataset, field HAVING count(*) FILTER (until IS NULL) = 0""",
    "a belief about personal data is not kept with the others": """
        SELECT field FROM other WHERE class IS NOT NULL OR status <> 'none' OR waits IS NOT NULL""",
    "a belief belongs to no commit": """
        SELECT since FROM beliefs ANTI JOIN commits ON commits.version = beliefs.since""",
    "a decision belongs to no commit": """
        SELECT id FROM decisions ANTI JOIN commits USING (version)""",
    "a belief rests on a decision that is not on record": """
        SELECT decision_id FROM beliefs WHERE decision_id IS NOT NULL AND decision_id NOT IN (SELECT id FROM decisions)""",
    "decisions are missing from the record": """
        SELECT max(id) AS last FROM decisions HAVING max(id) <> count(*)""",
    "commits are missing from the record": """
        SELECT max(version) AS last FROM commits HAVING max(version) <> count(*)""",
    "a look belongs to no run": """
        SELECT run_id FROM looks ANTI JOIN runs USING (run_id)""",
}


def faults(connection: Connection) -> list[str]:
    """The invariants that do not hold; empty for a sound catalog."""
    counted = ((what, connection.value(f"SELECT count(*) FROM ({sql})")) for what, sql in INVARIANTS.items())  # noqa: S608 - ours
    return [f"{what} ({count} times)" for what, count in counted if count]
