-- danger: drops a column through EXECUTE format
DO $$
BEGIN
    EXECUTE format('ALTER TABLE %I DROP COLUMN %I', 'users', 'phone');
END $$;
