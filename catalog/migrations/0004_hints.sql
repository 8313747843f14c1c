-- What proposes a class for a field beside its own evidence: values that it shares with another field (`values`), or a
-- decision on a field like it (`decision`). The last word of each kind counts; without a class it is taken back.
CREATE TABLE hints (
    version BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    via VARCHAR NOT NULL,
    class VARCHAR,
    entity VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    share DOUBLE NOT NULL,
    origin_source VARCHAR NOT NULL,
    origin_dataset VARCHAR NOT NULL,
    origin_field VARCHAR NOT NULL
);

-- The last sketch of each field: derived from what was seen, replaced when it is looked at again.
CREATE TABLE sketches (
    version BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    distinct_values BIGINT NOT NULL,
    hashes UINTEGER[] NOT NULL
);
