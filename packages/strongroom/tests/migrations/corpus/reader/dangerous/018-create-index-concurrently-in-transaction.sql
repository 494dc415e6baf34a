-- danger: CREATE INDEX CONCURRENTLY cannot run inside a transaction block
BEGIN;
CREATE INDEX CONCURRENTLY ix_messages_thread ON messages (thread_id);
COMMIT;
