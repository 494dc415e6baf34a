ALTER INDEX idx_orders_cust RENAME TO ix_orders_customer_id;
