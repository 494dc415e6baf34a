CREATE TABLE invoices (id bigint PRIMARY KEY, number text NOT NULL);
CREATE UNIQUE INDEX invoices_number_key ON invoices (number);
CREATE INDEX invoices_lower_idx ON invoices (lower(number));
