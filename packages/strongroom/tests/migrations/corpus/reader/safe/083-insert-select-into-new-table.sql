BEGIN;
CREATE TABLE order_totals (order_id bigint PRIMARY KEY, total numeric NOT NULL);
INSERT INTO order_totals SELECT order_id, sum(price) FROM order_lines GROUP BY order_id;
COMMIT;
