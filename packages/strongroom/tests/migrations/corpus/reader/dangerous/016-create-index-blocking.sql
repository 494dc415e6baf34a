-- danger: blocks all writes to the table while the index is built
CREATE INDEX idx_orders_customer_id ON orders (customer_id);
