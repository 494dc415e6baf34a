-- rule: sequence-restart
SELECT setval('orders_id_seq', (SELECT count(*) FROM orders));
