-- danger: drops the table and every foreign key and view that depends on it
DROP TABLE IF EXISTS subscriptions CASCADE;
