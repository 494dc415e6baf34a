-- danger: scans the whole table while holding an exclusive lock
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
