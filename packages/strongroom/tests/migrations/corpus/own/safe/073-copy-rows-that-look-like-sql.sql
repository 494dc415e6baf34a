COPY snippets (body) FROM stdin;
DROP TABLE users;
DELETE FROM orders;
\.
ANALYZE snippets;
