-- danger: blocks every reader of the view while it refreshes
REFRESH MATERIALIZED VIEW daily_sales;
