-- danger: removes the tenant isolation's rule
DROP POLICY tenant_isolation ON tenant_documents;
