-- danger: checks and rewrites every row under an exclusive lock; fails on longer values
ALTER TABLE products ALTER COLUMN sku TYPE varchar(20);
