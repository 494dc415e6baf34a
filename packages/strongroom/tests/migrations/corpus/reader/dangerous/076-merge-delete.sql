-- danger: deletes every row that the import lacks
MERGE INTO products p
USING import_products i ON i.sku = p.sku
WHEN MATCHED THEN UPDATE SET price = i.price
WHEN NOT MATCHED BY SOURCE THEN DELETE;
