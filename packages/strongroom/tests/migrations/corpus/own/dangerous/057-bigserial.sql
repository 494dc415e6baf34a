-- rule: serial-column
ALTER TABLE log_lines ADD COLUMN id bigserial;
