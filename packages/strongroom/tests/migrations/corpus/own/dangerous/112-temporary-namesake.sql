-- rule: drop-table
CREATE TEMPORARY TABLE users_copy AS SELECT * FROM users;
DROP TABLE users;
