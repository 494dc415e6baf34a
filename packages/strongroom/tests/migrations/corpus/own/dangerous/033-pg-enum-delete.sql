-- rule: catalogue-write
DELETE FROM pg_enum
WHERE enumlabel = 'cancelled' AND enumtypid = 'order_status'::regtype;
