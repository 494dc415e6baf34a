BEGIN;
--
-- Add field is_pinned to article
--
ALTER TABLE "blog_article" ADD COLUMN "is_pinned" boolean DEFAULT false NOT NULL;
COMMIT;
