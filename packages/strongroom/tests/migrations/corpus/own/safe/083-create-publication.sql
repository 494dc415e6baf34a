CREATE PUBLICATION reporting FOR TABLE orders, customers;
