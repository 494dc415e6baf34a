-- rule: unique-builds-index
ALTER TABLE users ADD CONSTRAINT users_handle_key UNIQUE (handle);
