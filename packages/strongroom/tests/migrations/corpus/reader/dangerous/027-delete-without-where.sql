-- danger: deletes every row
DELETE FROM sessions_archive;
