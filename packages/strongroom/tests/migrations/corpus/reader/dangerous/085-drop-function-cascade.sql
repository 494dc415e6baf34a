-- danger: drops the triggers and defaults that use the function
DROP FUNCTION set_updated_at() CASCADE;
