-- danger: the rendered migration drops a column with data
BEGIN;

-- Running upgrade 3f1a9c2 -> 88d0b1e

ALTER TABLE athlete DROP COLUMN resting_hr;

UPDATE alembic_version SET version_num='88d0b1e' WHERE alembic_version.version_num = '3f1a9c2';

COMMIT;
