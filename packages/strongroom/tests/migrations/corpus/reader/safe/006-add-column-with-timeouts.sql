SET lock_timeout = '2s';
SET statement_timeout = '5s';
ALTER TABLE events ADD COLUMN IF NOT EXISTS source text;
