-- danger: deletes all rows of the source; the archive keeps only three of its columns
WITH moved AS (
    DELETE FROM orders RETURNING id, customer_id, created_at
)
INSERT INTO orders_archive (id, customer_id, created_at)
SELECT id, customer_id, created_at FROM moved;
