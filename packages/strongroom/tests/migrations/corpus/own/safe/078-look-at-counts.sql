SELECT count(*), min(created_at), max(created_at) FROM orders WHERE status = 'open';
