-- danger: a validated foreign key with the column: locks the referenced table too
ALTER TABLE tasks ADD COLUMN assignee_id bigint NOT NULL REFERENCES users (id);
