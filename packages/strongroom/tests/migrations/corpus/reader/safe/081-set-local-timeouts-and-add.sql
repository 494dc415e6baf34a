BEGIN;
SET LOCAL lock_timeout = '1s';
ALTER TABLE customers ADD COLUMN locale text DEFAULT 'en';
COMMIT;
