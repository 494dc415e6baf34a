-- danger: switches off the foreign keys' checks and the audit trigger
ALTER TABLE ledger_entries DISABLE TRIGGER ALL;
