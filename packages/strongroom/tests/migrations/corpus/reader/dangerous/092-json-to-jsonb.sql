-- danger: rewrites the table; duplicate keys and key order are lost
ALTER TABLE webhooks ALTER COLUMN body TYPE jsonb USING body::jsonb;
