-- rule: drop-role
DROP ROLE reporting;
