-- danger: new rows collide with ids that exist
SELECT setval('orders_id_seq', 1);
