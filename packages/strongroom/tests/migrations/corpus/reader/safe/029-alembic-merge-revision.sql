BEGIN;

-- Running upgrade 11aa22bb, 33cc44dd -> 55ee66ff

DELETE FROM alembic_version WHERE alembic_version.version_num = '11aa22bb';

UPDATE alembic_version SET version_num='55ee66ff' WHERE alembic_version.version_num = '33cc44dd';

COMMIT;
