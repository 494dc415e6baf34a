-- strongroom: allow drop-table because replaced by sessions_v2 in March, exported to cold storage
DROP TABLE sessions_v1;
