-- danger: changes are no longer recorded
DROP TRIGGER accounts_audit ON accounts;
