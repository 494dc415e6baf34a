-- rule: delete-without-where
WITH moved AS (DELETE FROM tasks RETURNING *)
INSERT INTO tasks_archive SELECT * FROM moved;
