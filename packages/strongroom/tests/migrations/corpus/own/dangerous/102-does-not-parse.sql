-- rule: unparsed
ALTER TABLE users ADD COLUMN;
SELECT 1;
