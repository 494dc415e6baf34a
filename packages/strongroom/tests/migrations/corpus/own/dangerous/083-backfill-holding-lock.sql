-- rule: lock-held-while-working
BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
UPDATE orders SET currency = 'EUR' WHERE created_at > '2020-01-01';
COMMIT;
