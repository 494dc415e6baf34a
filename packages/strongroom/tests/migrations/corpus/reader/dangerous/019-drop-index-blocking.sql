-- danger: takes an exclusive lock on the table and waits behind long queries
DROP INDEX idx_orders_created_at;
