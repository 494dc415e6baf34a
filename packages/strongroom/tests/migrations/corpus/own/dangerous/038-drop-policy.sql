-- rule: drop-policy
DROP POLICY tenant_isolation ON documents;
