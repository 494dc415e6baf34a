BEGIN;
CREATE TABLE tenant_notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, body text);
ALTER TABLE tenant_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON tenant_notes USING (tenant_id = current_setting('app.tenant')::bigint);
COMMIT;
