ALTER TABLE orders
  DROP CONSTRAINT status_known,
  ADD CONSTRAINT status_known CHECK (status IN ('open', 'paid', 'refunded')) NOT VALID;
