-- rule: drop-owned
DROP OWNED BY app_user;
