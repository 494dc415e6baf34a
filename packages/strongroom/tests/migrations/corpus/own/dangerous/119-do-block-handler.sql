-- rule: delete-without-where
DO $$
BEGIN
  INSERT INTO tags (name) VALUES ('new');
EXCEPTION WHEN unique_violation THEN
  DELETE FROM tags;
END
$$;
