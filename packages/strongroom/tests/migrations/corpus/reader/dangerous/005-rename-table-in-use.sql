-- danger: the running application still uses the old table name and fails
ALTER TABLE customers RENAME TO clients;
