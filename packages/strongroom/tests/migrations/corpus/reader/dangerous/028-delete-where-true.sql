-- danger: the condition is always true: deletes every row
DELETE FROM notifications WHERE 1 = 1;
