CREATE TABLE scratch (id bigint, a int);
UPDATE scratch SET a = 1;
