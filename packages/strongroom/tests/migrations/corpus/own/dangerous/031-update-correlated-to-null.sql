-- rule: update-without-where
UPDATE orders o SET region = (SELECT r.name FROM regions r WHERE r.id = o.region_id);
