-- rule: change-column-type
ALTER TABLE events ALTER COLUMN id TYPE bigint;
