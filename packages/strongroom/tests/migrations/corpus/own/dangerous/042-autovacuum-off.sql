-- rule: autovacuum-off
ALTER TABLE events SET (autovacuum_enabled = false);
