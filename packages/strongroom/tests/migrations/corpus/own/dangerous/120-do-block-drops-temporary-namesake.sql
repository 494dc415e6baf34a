-- rule: opaque-block
CREATE TEMP TABLE users (id int);
DO $$ BEGIN DROP TABLE users; END $$;
DELETE FROM users;
