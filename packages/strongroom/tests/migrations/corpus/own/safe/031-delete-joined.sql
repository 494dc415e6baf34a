DELETE FROM sessions s USING users u WHERE u.id = s.user_id AND u.closed;
