-- rule: drop-column
ALTER TABLE IF EXISTS accounts DROP COLUMN IF EXISTS legacy_id;
