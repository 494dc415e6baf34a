BEGIN;
CREATE TABLE warehouse (id int, name text);
ALTER TABLE warehouse ALTER COLUMN name SET NOT NULL;
ALTER TABLE warehouse ADD PRIMARY KEY (id);
ALTER TABLE warehouse ADD CONSTRAINT name_unique UNIQUE (name);
COMMIT;
