CREATE TABLE scratch AS SELECT * FROM users;
DELETE FROM scratch;
