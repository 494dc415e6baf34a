CREATE STATISTICS orders_city_zip ON city, zip FROM orders;
