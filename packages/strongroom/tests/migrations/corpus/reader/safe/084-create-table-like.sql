CREATE TABLE orders_shadow (LIKE orders INCLUDING ALL);
