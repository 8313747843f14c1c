-- A field that its engine knows by something else than its name keeps its identity when it, or its table, is renamed.
ALTER TABLE beliefs ADD COLUMN uid VARCHAR;

CREATE TABLE moves (
    version BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    to_dataset VARCHAR NOT NULL,
    to_field VARCHAR NOT NULL
);
