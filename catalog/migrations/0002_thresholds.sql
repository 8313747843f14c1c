-- From which confidence a class is proposed, where somebody set it: the last word on a class counts, null takes it back.
CREATE TABLE thresholds (
    version BIGINT NOT NULL,
    happened TIMESTAMPTZ NOT NULL,
    actor VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    class VARCHAR NOT NULL,
    min_confidence DOUBLE
);
