-- rule: drop-table
DROP TABLE IF EXISTS audit.events, audit.event_types;
