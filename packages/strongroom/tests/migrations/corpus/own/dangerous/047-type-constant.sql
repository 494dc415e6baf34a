-- rule: lossy-using
ALTER TABLE users ALTER COLUMN flags TYPE jsonb USING '{}'::jsonb;
