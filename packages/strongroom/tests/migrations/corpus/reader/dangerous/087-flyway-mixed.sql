-- danger: the last line drops the column before a version without it is deployed
-- V42__split_name.sql
ALTER TABLE person ADD COLUMN first_name text;
ALTER TABLE person ADD COLUMN last_name text;
UPDATE person SET first_name = split_part(name, ' ', 1), last_name = split_part(name, ' ', 2);
ALTER TABLE person DROP COLUMN name;
