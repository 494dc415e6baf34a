-- rule: drop-table
COPY colours (name) FROM stdin;
red
it's blue;
\.
DROP TABLE users;
