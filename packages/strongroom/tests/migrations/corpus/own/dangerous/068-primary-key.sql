-- rule: unique-builds-index
ALTER TABLE log_lines ADD PRIMARY KEY (id);
