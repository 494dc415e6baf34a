-- rule: drop-table
BEGIN;
CREATE TABLE invoices (id bigint);
ROLLBACK;
DROP TABLE invoices;
