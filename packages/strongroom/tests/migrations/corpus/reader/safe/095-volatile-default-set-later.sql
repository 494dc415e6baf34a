ALTER TABLE events ALTER COLUMN public_id SET DEFAULT gen_random_uuid();
