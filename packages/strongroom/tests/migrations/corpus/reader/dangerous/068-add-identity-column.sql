-- danger: rewrites the table under an exclusive lock to number the rows
ALTER TABLE readings ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;
