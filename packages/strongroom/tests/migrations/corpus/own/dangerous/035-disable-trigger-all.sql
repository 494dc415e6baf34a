-- rule: disable-trigger
ALTER TABLE payments DISABLE TRIGGER ALL;
