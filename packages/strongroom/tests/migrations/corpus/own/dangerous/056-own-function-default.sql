-- rule: volatile-default
ALTER TABLE users ADD COLUMN handle text DEFAULT make_handle();
