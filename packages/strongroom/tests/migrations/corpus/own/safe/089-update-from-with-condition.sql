UPDATE users SET name = s.name FROM staging_users s WHERE s.id = users.id AND users.name IS NULL;
