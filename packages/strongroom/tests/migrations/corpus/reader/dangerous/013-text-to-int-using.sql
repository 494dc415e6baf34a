-- danger: one bad value aborts it; formatting such as leading zeros is lost; rewrites the table
ALTER TABLE stores ALTER COLUMN postcode TYPE integer USING postcode::integer;
