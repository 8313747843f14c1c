-- Facts are appended and never changed: commits, runs, run_ends, looks, verdicts, decisions, ownership.
-- `beliefs` is derived from them: one row per field and period [since, until) of commits, `until` null now.
-- A commit's version is the catalog's only clock: as-of a time is as-of the last commit up to it.

CREATE TABLE commits (
    version BIGINT PRIMARY KEY,
    happened TIMESTAMPTZ NOT NULL,
    actor VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    run_id VARCHAR,
    believes BOOLEAN NOT NULL
);

CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    version BIGINT NOT NULL,
    started TIMESTAMPTZ NOT NULL,
    sources VARCHAR[] NOT NULL,
    engine VARCHAR NOT NULL,
    rules VARCHAR NOT NULL
);

CREATE TABLE run_ends (
    run_id VARCHAR NOT NULL,
    version BIGINT NOT NULL,
    ended TIMESTAMPTZ NOT NULL,
    status VARCHAR NOT NULL,
    completed VARCHAR[] NOT NULL
);

CREATE TABLE looks (
    version BIGINT NOT NULL,
    run_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    looked TIMESTAMPTZ NOT NULL,
    outcome VARCHAR NOT NULL,
    cause VARCHAR,
    message VARCHAR,
    rules VARCHAR NOT NULL,
    fingerprint VARCHAR,
    complete BOOLEAN NOT NULL,
    row_count BIGINT,
    rows_drawn BIGINT NOT NULL,
    values_seen BIGINT NOT NULL,
    bytes_read BIGINT NOT NULL,
    fields_examined INTEGER NOT NULL,
    fields_partial INTEGER NOT NULL,
    fields_not_examined INTEGER NOT NULL
);

CREATE TABLE verdicts (
    version BIGINT NOT NULL,
    run_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    data_type VARCHAR NOT NULL,
    extent VARCHAR NOT NULL,
    cause VARCHAR,
    rows_drawn BIGINT NOT NULL,
    values_seen BIGINT NOT NULL,
    distinct_values BIGINT NOT NULL,
    share DOUBLE,
    method VARCHAR NOT NULL,
    gaps STRUCT(part VARCHAR, cause VARCHAR)[] NOT NULL,
    labels STRUCT(class VARCHAR, entity VARCHAR, confidence DOUBLE, mode VARCHAR)[] NOT NULL,
    alternatives STRUCT(class VARCHAR, entity VARCHAR, confidence DOUBLE, mode VARCHAR)[] NOT NULL,
    findings STRUCT(
        detector VARCHAR, entity VARCHAR, class VARCHAR, matched BIGINT, examined BIGINT, score DOUBLE, mode VARCHAR,
        against BOOLEAN, version VARCHAR, note VARCHAR
    )[] NOT NULL,
    examined BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    ambiguous BOOLEAN NOT NULL,
    digest VARCHAR NOT NULL
);

CREATE TABLE decisions (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    happened TIMESTAMPTZ NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    authority VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    labels STRUCT(class VARCHAR, entity VARCHAR, confidence DOUBLE, mode VARCHAR)[] NOT NULL,
    seen VARCHAR[] NOT NULL,
    valid_until TIMESTAMPTZ,
    undoes BIGINT,
    seconds BIGINT,
    pending BOOLEAN NOT NULL
);

CREATE TABLE ownership (
    version BIGINT NOT NULL,
    happened TIMESTAMPTZ NOT NULL,
    actor VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR,
    field VARCHAR,
    owner VARCHAR,
    purpose VARCHAR[]
);

CREATE TABLE beliefs (
    since BIGINT NOT NULL,
    until BIGINT,
    change VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    data_type VARCHAR NOT NULL,
    class VARCHAR,
    classes STRUCT(class VARCHAR, entity VARCHAR, confidence DOUBLE, mode VARCHAR)[] NOT NULL,
    status VARCHAR NOT NULL,
    coverage VARCHAR NOT NULL,
    coverage_reason VARCHAR,
    sensitivity TINYINT,
    regulations VARCHAR[] NOT NULL,
    requirements VARCHAR[] NOT NULL,
    owner VARCHAR,
    purpose VARCHAR[] NOT NULL,
    examined BIGINT NOT NULL,
    distinct_values BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    first_seen TIMESTAMPTZ NOT NULL,
    gone BOOLEAN NOT NULL,
    proposed STRUCT(class VARCHAR, entity VARCHAR, confidence DOUBLE, mode VARCHAR)[] NOT NULL,
    disagrees BOOLEAN NOT NULL,
    ambiguous BOOLEAN NOT NULL,
    asked_by VARCHAR,
    muted_until TIMESTAMPTZ,
    decision_id BIGINT,
    decided_by VARCHAR,
    decided_at TIMESTAMPTZ,
    digest VARCHAR NOT NULL
);
