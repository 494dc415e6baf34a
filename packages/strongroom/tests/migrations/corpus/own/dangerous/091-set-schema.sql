-- rule: set-schema
ALTER TABLE invoices SET SCHEMA billing;
