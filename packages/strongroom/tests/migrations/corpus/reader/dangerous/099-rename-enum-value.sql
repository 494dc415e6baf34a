-- danger: the running application still writes the old value and fails
ALTER TYPE order_status RENAME VALUE 'canceled' TO 'cancelled';
