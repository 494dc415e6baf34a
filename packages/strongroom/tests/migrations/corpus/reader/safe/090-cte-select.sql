WITH recent AS (SELECT id FROM orders WHERE created_at > now() - interval '1 day')
SELECT count(*) FROM recent;
