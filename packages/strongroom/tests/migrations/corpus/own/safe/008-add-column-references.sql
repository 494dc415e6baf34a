ALTER TABLE orders ADD COLUMN voucher_id bigint REFERENCES vouchers (id);
