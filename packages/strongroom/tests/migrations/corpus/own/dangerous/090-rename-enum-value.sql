-- rule: rename-enum-value
ALTER TYPE order_status RENAME VALUE 'new' TO 'open';
