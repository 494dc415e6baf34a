CREATE TABLE currencies (code char(3) PRIMARY KEY, name text NOT NULL);
COPY currencies (code, name) FROM stdin;
EUR	Euro
USD	US dollar; DROP TABLE orders;
\.
