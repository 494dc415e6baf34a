-- rule: stored-generated-column
ALTER TABLE people
  ADD COLUMN full_name text GENERATED ALWAYS AS (first_name || ' ' || last_name) STORED;
