-- rule: create-rule
CREATE RULE keep_orders AS ON DELETE TO orders DO INSTEAD NOTHING;
