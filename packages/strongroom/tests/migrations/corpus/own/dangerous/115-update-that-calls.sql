-- rule: unknown-call
UPDATE settings SET value = purge_orders() WHERE id = 1;
