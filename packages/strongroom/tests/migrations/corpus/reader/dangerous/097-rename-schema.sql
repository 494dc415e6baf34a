-- danger: every query that names the schema fails at once
ALTER SCHEMA billing RENAME TO finance;
