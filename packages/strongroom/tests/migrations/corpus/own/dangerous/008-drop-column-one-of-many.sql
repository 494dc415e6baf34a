-- rule: drop-column
ALTER TABLE accounts
  ADD COLUMN email_new text,
  DROP COLUMN email;
