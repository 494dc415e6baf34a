-- danger: builds the index under an exclusive lock; it cannot be made concurrently
ALTER TABLE reservations ADD CONSTRAINT no_overlap EXCLUDE USING gist (room_id WITH =, during WITH &&);
