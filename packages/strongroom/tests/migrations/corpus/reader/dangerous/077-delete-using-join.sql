-- danger: deletes every order whose customer is in the table: that is nearly all
DELETE FROM orders USING customers WHERE orders.customer_id = customers.id;
