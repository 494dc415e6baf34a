ALTER TABLE log_lines ADD CONSTRAINT log_lines_pkey PRIMARY KEY USING INDEX log_lines_id_idx;
