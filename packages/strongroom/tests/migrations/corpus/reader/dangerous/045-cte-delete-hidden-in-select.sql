-- danger: the CTE deletes every row although the statement is a SELECT
WITH gone AS (
  DELETE FROM old_messages RETURNING id
)
SELECT count(*) FROM gone;
