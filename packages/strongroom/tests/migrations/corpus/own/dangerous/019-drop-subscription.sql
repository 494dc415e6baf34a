-- rule: drop-replication
DROP SUBSCRIPTION reporting_sub;
