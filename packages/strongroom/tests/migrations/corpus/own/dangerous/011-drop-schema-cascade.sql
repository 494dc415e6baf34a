-- rule: drop-schema
DROP SCHEMA reporting CASCADE;
