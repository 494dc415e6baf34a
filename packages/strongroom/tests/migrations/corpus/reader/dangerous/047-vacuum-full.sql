-- danger: rewrites the table under an exclusive lock: neither reads nor writes while it runs
VACUUM FULL events;
