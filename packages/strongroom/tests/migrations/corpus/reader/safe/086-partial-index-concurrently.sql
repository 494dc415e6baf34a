CREATE INDEX CONCURRENTLY ix_jobs_pending ON jobs (run_at) WHERE finished_at IS NULL;
