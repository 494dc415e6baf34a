-- rule: detach-partition-not-concurrent
ALTER TABLE measurements DETACH PARTITION measurements_2019;
