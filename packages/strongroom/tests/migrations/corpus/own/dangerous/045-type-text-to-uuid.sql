-- rule: change-column-type
ALTER TABLE devices ALTER COLUMN token TYPE uuid USING token::uuid;
