-- danger: rewrites the whole table under an exclusive lock, as gen_random_uuid() differs per row
ALTER TABLE events ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid();
