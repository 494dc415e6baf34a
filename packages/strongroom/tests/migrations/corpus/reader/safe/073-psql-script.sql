\set ON_ERROR_STOP on
\timing on
CREATE TABLE reports (id bigint PRIMARY KEY, title text NOT NULL);
