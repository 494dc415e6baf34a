ALTER FUNCTION set_updated_at() OWNER TO app_owner;
