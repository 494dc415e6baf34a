-- danger: throws away the time of day of every row
ALTER TABLE activities ALTER COLUMN recorded_at TYPE date USING recorded_at::date;
