-- rule: delete-without-where
DELETE FROM orders o USING customers c WHERE c.closed;
