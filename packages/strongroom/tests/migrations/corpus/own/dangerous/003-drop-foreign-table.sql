-- rule: drop-table
DROP FOREIGN TABLE remote_orders;
