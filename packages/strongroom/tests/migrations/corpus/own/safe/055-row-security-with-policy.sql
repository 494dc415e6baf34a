CREATE POLICY own_rows ON documents USING (owner_id = current_setting('app.user')::bigint);
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
