-- We used to DROP TABLE users here; that is history.
/* TRUNCATE orders; DELETE FROM orders; */
ALTER TABLE users ADD COLUMN last_seen_at timestamptz;
