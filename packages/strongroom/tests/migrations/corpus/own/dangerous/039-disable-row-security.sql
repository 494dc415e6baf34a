-- rule: drop-policy
ALTER TABLE documents DISABLE ROW LEVEL SECURITY;
