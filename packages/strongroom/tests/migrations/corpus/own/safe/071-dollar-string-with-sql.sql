INSERT INTO snippets (body) VALUES ($q$TRUNCATE users; -- not really$q$);
