BEGIN;
CREATE TABLE ratings (id bigint PRIMARY KEY, stars int CONSTRAINT stars_range CHECK (stars <= 5));
ALTER TABLE ratings DROP CONSTRAINT stars_range;
ALTER TABLE ratings ADD CONSTRAINT stars_range CHECK (stars BETWEEN 1 AND 5);
COMMIT;
