-- rule: concurrent-in-transaction
BEGIN;
CREATE INDEX CONCURRENTLY orders_idx ON orders (id);
COMMIT;
