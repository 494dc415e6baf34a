CREATE MATERIALIZED VIEW sales AS SELECT day, sum(total) AS total FROM orders GROUP BY day;
CREATE UNIQUE INDEX sales_day ON sales (day);
