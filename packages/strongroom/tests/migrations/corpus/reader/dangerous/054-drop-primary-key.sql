-- danger: removes the primary key: duplicates become possible, replication loses its row identity
ALTER TABLE order_lines DROP CONSTRAINT order_lines_pkey;
