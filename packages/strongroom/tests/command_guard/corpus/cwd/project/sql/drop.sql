-- everything goes
DROP TABLE IF EXISTS orders;
DROP TABLE users;
