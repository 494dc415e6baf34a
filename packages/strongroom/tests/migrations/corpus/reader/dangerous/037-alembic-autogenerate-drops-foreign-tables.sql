-- danger: autogenerate saw tables without models and drops them with their rows
BEGIN;

-- Running upgrade a1b2c3d4 -> e5f60718

DROP INDEX ix_spatial_ref_srid;

DROP TABLE spatial_notes;

DROP TABLE import_log;

UPDATE alembic_version SET version_num='e5f60718' WHERE alembic_version.version_num = 'a1b2c3d4';

COMMIT;
