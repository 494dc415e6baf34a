-- rule: drop-column
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_attribute WHERE attname = 'email') THEN
    ALTER TABLE users DROP COLUMN email;
  END IF;
END
$$;
