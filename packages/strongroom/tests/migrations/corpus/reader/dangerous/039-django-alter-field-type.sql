-- danger: rewrites the table under an exclusive lock
BEGIN;
--
-- Alter field amount on payment
--
ALTER TABLE "billing_payment" ALTER COLUMN "amount" TYPE integer USING "amount"::integer;
COMMIT;
