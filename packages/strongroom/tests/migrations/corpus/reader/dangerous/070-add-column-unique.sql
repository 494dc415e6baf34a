-- danger: builds a unique index under an exclusive lock
ALTER TABLE users ADD COLUMN handle text UNIQUE;
