-- danger: builds the index under an exclusive lock and fails on duplicates
ALTER TABLE accounts ADD CONSTRAINT accounts_slug_unique UNIQUE (slug);
