UPDATE settings SET value = '30' WHERE key = 'session_minutes';
