-- danger: the running application still selects the old column name and fails
ALTER TABLE orders RENAME COLUMN total TO total_cents;
