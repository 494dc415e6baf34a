-- rule: attach-partition-scans
ALTER TABLE measurements
  ATTACH PARTITION measurements_old FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
