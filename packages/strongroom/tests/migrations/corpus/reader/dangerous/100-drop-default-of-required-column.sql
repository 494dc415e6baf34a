-- danger: the running application does not write the column yet: its inserts fail
ALTER TABLE orders ALTER COLUMN source DROP DEFAULT;
