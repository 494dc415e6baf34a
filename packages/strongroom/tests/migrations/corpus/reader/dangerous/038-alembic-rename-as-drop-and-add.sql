-- danger: a rename that autogenerate wrote as drop and add: the column's data is gone
BEGIN;

ALTER TABLE profile ADD COLUMN display_name VARCHAR(120);

ALTER TABLE profile DROP COLUMN nickname;

UPDATE alembic_version SET version_num='0c44f7a9' WHERE alembic_version.version_num = '77ab2210';

COMMIT;
