-- danger: rewrites the table and its indexes under an exclusive lock
ALTER TABLE events ALTER COLUMN id TYPE bigint;
