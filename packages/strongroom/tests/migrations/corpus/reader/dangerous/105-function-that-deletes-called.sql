-- danger: defines a purge and calls it at once
CREATE OR REPLACE FUNCTION purge_everything() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM activities;
  DELETE FROM activity_points;
END $$;
SELECT purge_everything();
