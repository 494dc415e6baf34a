\set ON_ERROR_STOP on
\timing on
CREATE TABLE notes (id bigint PRIMARY KEY);
