-- rule: drop-table
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ SELECT 'a;b' $f$; DROP TABLE users;
