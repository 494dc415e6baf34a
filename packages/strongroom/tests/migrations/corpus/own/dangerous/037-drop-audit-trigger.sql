-- rule: drop-trigger
DROP TRIGGER payments_audit ON payments;
