ALTER TABLE addresses ALTER COLUMN street TYPE text;
