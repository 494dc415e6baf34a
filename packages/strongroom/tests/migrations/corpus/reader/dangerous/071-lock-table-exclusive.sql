-- danger: blocks every reader and writer until the transaction ends
BEGIN;
LOCK TABLE inventory IN ACCESS EXCLUSIVE MODE;
UPDATE inventory SET reserved = 0 WHERE reserved IS NULL;
COMMIT;
