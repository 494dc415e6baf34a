ALTER TABLE orders RENAME CONSTRAINT orders_fk1 TO orders_customer_fk;
