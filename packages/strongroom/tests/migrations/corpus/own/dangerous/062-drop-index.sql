-- rule: drop-index-not-concurrent
DROP INDEX IF EXISTS orders_customer_idx;
