-- rule: exclusion-constraint
ALTER TABLE bookings
  ADD CONSTRAINT no_overlap EXCLUDE USING gist (room_id WITH =, during WITH &&);
