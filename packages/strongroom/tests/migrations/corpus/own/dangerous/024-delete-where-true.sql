-- rule: delete-without-where
DELETE FROM notifications WHERE 1 = 1;
