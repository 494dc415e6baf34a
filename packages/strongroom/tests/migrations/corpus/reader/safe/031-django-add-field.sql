BEGIN;
--
-- Add field subtitle to article
--
ALTER TABLE "blog_article" ADD COLUMN "subtitle" varchar(200) NULL;
COMMIT;
