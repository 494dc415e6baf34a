ALTER TABLE line_items ADD COLUMN total numeric GENERATED ALWAYS AS (price * quantity) VIRTUAL;
