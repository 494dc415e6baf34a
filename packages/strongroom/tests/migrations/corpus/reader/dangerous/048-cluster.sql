-- danger: rewrites the table under an exclusive lock
CLUSTER orders USING orders_created_at_idx;
