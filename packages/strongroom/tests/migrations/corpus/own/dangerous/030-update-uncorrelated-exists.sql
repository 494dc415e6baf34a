-- rule: update-without-where
UPDATE users u SET active = false
WHERE EXISTS (SELECT 1 FROM settings s WHERE s.closed);
