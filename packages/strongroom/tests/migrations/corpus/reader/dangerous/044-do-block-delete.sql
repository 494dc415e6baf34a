-- danger: deletes rows of a table inside a DO block
DO $body$
BEGIN
  IF EXISTS (SELECT 1 FROM settings WHERE key = 'purge') THEN
    DELETE FROM events;
  END IF;
END
$body$;
