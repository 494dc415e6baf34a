CREATE MATERIALIZED VIEW weekly_sales AS
SELECT date_trunc('week', created_at) AS week, sum(total) AS total FROM orders GROUP BY 1
WITH NO DATA;
