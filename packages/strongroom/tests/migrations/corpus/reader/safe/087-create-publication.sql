CREATE PUBLICATION orders_pub FOR TABLE orders, order_lines;
