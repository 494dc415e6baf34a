-- danger: drops everything in the schema
DROP SCHEMA reporting CASCADE;
