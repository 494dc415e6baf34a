-- danger: rewrites the table, and a crash then empties it
ALTER TABLE page_views SET UNLOGGED;
