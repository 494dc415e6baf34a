CREATE TEMP TABLE staging_codes (code text);
INSERT INTO staging_codes VALUES ('A'), ('B');
DROP TABLE staging_codes;
