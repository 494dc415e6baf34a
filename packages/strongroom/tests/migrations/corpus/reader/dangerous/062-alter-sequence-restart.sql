-- danger: new rows collide with ids that exist
ALTER SEQUENCE invoices_id_seq RESTART WITH 1;
