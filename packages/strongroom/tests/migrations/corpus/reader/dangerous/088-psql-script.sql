-- danger: a psql script that drops a table between meta-commands
\set ON_ERROR_STOP on
\echo 'removing old exports'
DROP TABLE exports;
\q
