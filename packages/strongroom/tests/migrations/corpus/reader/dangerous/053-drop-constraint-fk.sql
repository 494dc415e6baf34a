-- danger: removes the foreign key: orphans can be written from now on
ALTER TABLE order_lines DROP CONSTRAINT order_lines_order_id_fkey;
