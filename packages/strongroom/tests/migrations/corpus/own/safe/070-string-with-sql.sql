INSERT INTO snippets (body) VALUES ('DROP TABLE users; DELETE FROM orders;');
