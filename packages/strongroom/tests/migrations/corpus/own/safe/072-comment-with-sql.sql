-- DROP TABLE users;
/* DELETE FROM orders; */
SELECT 1;
