-- rule: row-security-without-policy
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
