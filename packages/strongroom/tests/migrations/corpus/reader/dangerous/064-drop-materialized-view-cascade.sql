-- danger: CASCADE drops whatever dependent views there are
DROP MATERIALIZED VIEW IF EXISTS daily_sales CASCADE;
