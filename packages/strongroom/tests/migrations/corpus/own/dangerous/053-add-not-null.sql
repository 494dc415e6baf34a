-- rule: add-not-null-column
ALTER TABLE users ADD COLUMN tenant_id bigint NOT NULL;
