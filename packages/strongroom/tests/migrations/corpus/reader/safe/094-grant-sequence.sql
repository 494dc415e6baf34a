GRANT USAGE, SELECT ON SEQUENCE orders_id_seq TO app_writer;
