-- rule: narrowing-type
ALTER TABLE events ALTER COLUMN kind TYPE smallint;
