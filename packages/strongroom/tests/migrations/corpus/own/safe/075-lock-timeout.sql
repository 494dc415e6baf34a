SET lock_timeout = '3s';
SET statement_timeout = '1min';
ALTER TABLE users ADD COLUMN phone text;
