-- rule: drop-schema
DROP SCHEMA "Old Reports";
