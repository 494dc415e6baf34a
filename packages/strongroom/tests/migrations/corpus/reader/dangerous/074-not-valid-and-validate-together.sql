-- danger: validating in the same transaction keeps the first statement's exclusive lock for the whole scan
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_total_nonneg CHECK (total >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_nonneg;
COMMIT;
