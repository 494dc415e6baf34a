-- rule: truncate
TRUNCATE TABLE carts, cart_items;
