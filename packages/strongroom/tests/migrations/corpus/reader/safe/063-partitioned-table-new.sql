CREATE TABLE metrics (
    at timestamptz NOT NULL,
    name text NOT NULL,
    value double precision
) PARTITION BY RANGE (at);
CREATE TABLE metrics_default PARTITION OF metrics DEFAULT;
