-- rule: drop-database
DROP DATABASE shop WITH (FORCE);
