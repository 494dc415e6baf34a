CREATE FUNCTION total(c bigint) RETURNS numeric LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE WHEN c > 0 THEN sum(o.total) ELSE 0 END FROM orders o WHERE o.customer_id = c;
END;
