CREATE TABLE scratch (id bigint);
INSERT INTO scratch SELECT generate_series(1, 10);
DROP TABLE scratch;
