ALTER TABLE products ADD COLUMN weight_g integer;
COMMENT ON COLUMN products.weight_g IS 'weight in grams, null when unknown';
