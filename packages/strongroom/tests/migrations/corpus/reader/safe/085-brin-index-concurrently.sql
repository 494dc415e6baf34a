CREATE INDEX CONCURRENTLY ix_events_at_brin ON events USING brin (created_at);
