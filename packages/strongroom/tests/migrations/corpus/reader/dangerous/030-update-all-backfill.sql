-- danger: one huge transaction updates every row: locks, bloat, replica lag
BEGIN;
ALTER TABLE orders ADD COLUMN region text;
UPDATE orders SET region = 'eu';
COMMIT;
