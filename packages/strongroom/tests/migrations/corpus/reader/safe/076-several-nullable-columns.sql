ALTER TABLE shipments
    ADD COLUMN carrier text,
    ADD COLUMN tracking_code text,
    ADD COLUMN shipped_at timestamptz;
