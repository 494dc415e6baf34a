-- rule: cluster
CLUSTER events USING events_created_idx;
