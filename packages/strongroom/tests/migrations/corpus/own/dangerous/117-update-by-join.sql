-- rule: update-by-join
UPDATE users SET name = s.name FROM staging_users s WHERE s.id = users.id;
