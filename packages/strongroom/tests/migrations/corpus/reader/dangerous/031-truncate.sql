-- danger: deletes every row
TRUNCATE TABLE carts;
