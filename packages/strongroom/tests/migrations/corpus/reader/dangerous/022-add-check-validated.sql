-- danger: scans the whole table under an exclusive lock
ALTER TABLE products ADD CONSTRAINT price_positive CHECK (price >= 0);
