-- danger: a definer's function without a fixed search_path can be hijacked
CREATE FUNCTION promote(user_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER AS $$
  UPDATE users SET role = 'admin' WHERE id = user_id;
$$;
