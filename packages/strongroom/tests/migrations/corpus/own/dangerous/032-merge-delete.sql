-- rule: merge-deletes
MERGE INTO products p
USING import_products i ON p.sku = i.sku
WHEN MATCHED THEN UPDATE SET price = i.price
WHEN NOT MATCHED BY SOURCE THEN DELETE;
