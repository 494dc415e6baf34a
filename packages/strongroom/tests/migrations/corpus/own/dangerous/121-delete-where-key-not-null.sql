-- rule: delete-without-where
DELETE FROM users WHERE id IS NOT NULL;
