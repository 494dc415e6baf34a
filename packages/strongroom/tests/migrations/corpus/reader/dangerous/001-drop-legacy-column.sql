-- danger: drops a column with data; nothing brings it back
ALTER TABLE users DROP COLUMN legacy_token;
