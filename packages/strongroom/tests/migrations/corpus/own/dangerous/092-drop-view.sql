-- rule: drop-view
DROP VIEW monthly_revenue;
