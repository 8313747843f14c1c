"""PostgreSQL knows a column by numbers: it is told apart from its name, through renames, and never given anew."""

from uuid import uuid4

from scanners import Secret, Source, scanner_for


def test_a_column_is_known_by_the_same_number_after_every_rename(postgres_database):
    role = f"scanner_{uuid4().hex[:8]}"
    postgres_database.script(
        f"CREATE ROLE {role} LOGIN PASSWORD 'reads only' IN ROLE pg_read_all_data",
        "CREATE TABLE customers (id int PRIMARY KEY, email text, profile jsonb)",
        """INSERT INTO customers VALUES (1, 'ana@example.org', '{"phone": "1"}')""",
    )
    scanner = scanner_for(Source("crm", postgres_database.url_of(role), password=Secret("reads only")))

    def known():
        unit = next(iter(scanner.units()))
        listed = {field.path: field.uid for field in unit.fields}
        drawn = {sample.field.path: sample.field.uid for sample in scanner.sample(unit, scanner.source.budget)}
        assert {path: drawn[path] for path in listed if path in drawn}.items() <= listed.items()
        return drawn

    before = known()
    postgres_database.script(
        "ALTER TABLE customers RENAME COLUMN email TO mail",
        "ALTER TABLE customers RENAME COLUMN profile TO extra",
        "ALTER TABLE customers RENAME TO people",
        "ALTER TABLE people ADD COLUMN email text",
        "ALTER TABLE people DROP COLUMN email",
        "ALTER TABLE people ADD COLUMN email text",
    )
    after = known()

    assert len(set(before.values())) == 3
    assert after["mail"] == before["email"]
    assert after["extra.phone"] == before["profile.phone"]
    assert after["email"] not in set(before.values())
