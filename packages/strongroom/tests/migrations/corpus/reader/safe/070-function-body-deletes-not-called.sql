CREATE FUNCTION expire_sessions() RETURNS void LANGUAGE sql AS $$
  DELETE FROM sessions WHERE expires_at < now() - interval '30 days';
$$;
