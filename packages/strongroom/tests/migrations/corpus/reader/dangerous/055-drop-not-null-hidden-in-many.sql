-- danger: among harmless additions the address is dropped
ALTER TABLE customers
    ADD COLUMN address_id bigint,
    ADD COLUMN vat_number text,
    DROP COLUMN address,
    ALTER COLUMN phone DROP NOT NULL;
