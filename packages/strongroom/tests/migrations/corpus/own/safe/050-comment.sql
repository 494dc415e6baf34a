COMMENT ON COLUMN users.email IS 'Where we write to; drop table is only a word here';
