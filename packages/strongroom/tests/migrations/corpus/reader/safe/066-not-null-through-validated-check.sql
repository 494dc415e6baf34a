-- The check users_email_present was added NOT VALID and validated by the two migrations before.
ALTER TABLE users VALIDATE CONSTRAINT users_email_present;
