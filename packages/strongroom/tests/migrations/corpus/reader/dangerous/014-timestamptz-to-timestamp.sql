-- danger: drops the time zone: the instants change meaning with the session's setting
ALTER TABLE bookings ALTER COLUMN starts_at TYPE timestamp WITHOUT TIME ZONE;
