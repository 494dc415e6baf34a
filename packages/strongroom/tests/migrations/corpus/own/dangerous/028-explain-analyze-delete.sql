-- rule: delete-without-where
EXPLAIN ANALYZE DELETE FROM payments;
