DO $block$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN
    CREATE TYPE mood AS ENUM ('it''s fine', 'sad');
    RAISE NOTICE 'made';
  END IF;
END
$block$;
