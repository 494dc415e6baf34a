-- danger: switches off durability for the whole server
ALTER SYSTEM SET fsync = off;
