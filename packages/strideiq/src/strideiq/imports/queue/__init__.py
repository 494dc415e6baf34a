"""Files that wait for a worker: on our own tables, each row its own record (decision 0032)."""
