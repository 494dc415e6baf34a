-- danger: fails on longer values and rewrites the table
ALTER TABLE addresses ALTER COLUMN city TYPE character varying(40);
