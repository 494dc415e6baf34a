-- rule: opaque-block
DO $$
BEGIN
  EXECUTE 'DROP TABLE ' || quote_ident('users');
END
$$;
