-- rule: drop-table
CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY);
DROP TABLE users;
