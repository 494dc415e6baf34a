-- danger: rebuilds the indexes and changes what unique means, under an exclusive lock
ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "de-x-icu";
