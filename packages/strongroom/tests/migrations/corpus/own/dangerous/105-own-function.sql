-- rule: unknown-call
SELECT purge_old_customers();
