-- rule: delete-without-where
DELETE FROM notifications;
