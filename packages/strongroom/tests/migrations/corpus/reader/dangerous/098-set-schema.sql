-- danger: the application looks for the table in its old schema
ALTER TABLE invoices SET SCHEMA archive;
