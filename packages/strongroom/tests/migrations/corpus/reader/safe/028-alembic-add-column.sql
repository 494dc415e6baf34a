BEGIN;

-- Running upgrade 1a2b3c4d -> 5e6f7a8b

ALTER TABLE account ADD COLUMN last_transaction_date TIMESTAMP WITH TIME ZONE;

UPDATE alembic_version SET version_num='5e6f7a8b' WHERE alembic_version.version_num = '1a2b3c4d';

COMMIT;
