-- rule: server-settings
ALTER SYSTEM SET fsync = off;
