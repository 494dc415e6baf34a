-- danger: fails on every table that already has rows
ALTER TABLE invoices ADD COLUMN currency char(3) NOT NULL;
