-- rule: refresh-not-concurrent
REFRESH MATERIALIZED VIEW sales_by_day;
