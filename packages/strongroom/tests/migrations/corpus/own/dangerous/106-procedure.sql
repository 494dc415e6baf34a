-- rule: unknown-call
CALL archive_orders('2020-01-01');
