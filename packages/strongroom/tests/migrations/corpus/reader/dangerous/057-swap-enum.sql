-- danger: rewrites the table under an exclusive lock, fails on values the new type lacks
ALTER TYPE status RENAME TO status_old;
CREATE TYPE status AS ENUM ('open', 'closed');
ALTER TABLE tickets ALTER COLUMN status TYPE status USING status::text::status;
DROP TYPE status_old;
