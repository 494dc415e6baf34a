--
-- Concurrently create index ix_author on field(s) author of model article
--
CREATE INDEX CONCURRENTLY "ix_author" ON "blog_article" ("author_id");
