-- rule: drop-table
DROP TABLE old_sessions;
