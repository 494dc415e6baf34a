ALTER TABLE people ADD COLUMN initials text GENERATED ALWAYS AS (left(first_name, 1)) VIRTUAL;
