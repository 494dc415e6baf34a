-- danger: whole-table update and a scanning SET NOT NULL in one transaction
BEGIN;
ALTER TABLE subscriptions ADD COLUMN plan_id int;
UPDATE subscriptions SET plan_id = 1 WHERE plan_id IS NULL;
ALTER TABLE subscriptions ALTER COLUMN plan_id SET NOT NULL;
COMMIT;
