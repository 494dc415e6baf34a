-- This revision merges two branches and changes nothing.
SELECT 1;
