-- danger: CASCADE drops views and rules that depend on it, unnamed
DROP VIEW active_users CASCADE;
