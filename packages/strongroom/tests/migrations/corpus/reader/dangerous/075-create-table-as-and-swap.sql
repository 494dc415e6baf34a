-- danger: loses the indexes, defaults, keys and rights of the old table, and rows written meanwhile
CREATE TABLE users_new AS SELECT id, email, created_at FROM users;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;
