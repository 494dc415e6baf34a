-- rule: catalogue-write
UPDATE pg_catalog.pg_attribute SET attnotnull = true
WHERE attrelid = 'users'::regclass AND attname = 'email';
