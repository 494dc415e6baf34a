-- rule: drop-inheritance
ALTER TABLE orders_2024 NO INHERIT orders;
