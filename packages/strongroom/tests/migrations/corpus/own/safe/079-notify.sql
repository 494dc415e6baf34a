SELECT pg_notify('schema', 'changed');
