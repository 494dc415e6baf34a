ALTER TABLE orders RENAME CONSTRAINT fk1 TO orders_customer_fk;
