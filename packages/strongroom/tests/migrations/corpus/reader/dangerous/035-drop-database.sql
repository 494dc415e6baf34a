-- danger: drops the database
DROP DATABASE IF EXISTS shop;
