-- rule: drop-cascade
DROP FUNCTION slugify(text) CASCADE;
