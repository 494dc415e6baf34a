-- danger: copies the whole table under an exclusive lock
ALTER TABLE images SET TABLESPACE fast_disk;
