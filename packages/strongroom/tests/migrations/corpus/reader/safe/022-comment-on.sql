COMMENT ON COLUMN users.email IS 'lower case; DROP TABLE is not allowed here';
