-- danger: rounds money silently and rewrites the table
ALTER TABLE payments ALTER COLUMN amount TYPE numeric(10,0);
