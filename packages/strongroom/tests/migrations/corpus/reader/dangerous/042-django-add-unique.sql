-- danger: builds a unique index under an exclusive lock, fails on duplicates
BEGIN;
--
-- Alter field slug on article
--
ALTER TABLE "blog_article" ADD CONSTRAINT "blog_article_slug_5d3c_uniq" UNIQUE ("slug");
CREATE INDEX "blog_article_slug_5d3c_like" ON "blog_article" ("slug" varchar_pattern_ops);
COMMIT;
