-- danger: drops a table and all its rows
DROP TABLE audit_entries;
