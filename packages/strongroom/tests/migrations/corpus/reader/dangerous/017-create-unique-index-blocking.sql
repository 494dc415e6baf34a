-- danger: blocks writes while it builds; fails on duplicates
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
