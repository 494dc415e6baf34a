-- danger: the upsert from staging overwrites every production price
INSERT INTO prices (sku, amount)
SELECT sku, amount FROM staging_prices
ON CONFLICT (sku) DO UPDATE SET amount = EXCLUDED.amount;
