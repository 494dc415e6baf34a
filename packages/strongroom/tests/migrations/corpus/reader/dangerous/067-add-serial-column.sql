-- danger: numbers every row: rewrites the table under an exclusive lock
ALTER TABLE leads ADD COLUMN position serial;
