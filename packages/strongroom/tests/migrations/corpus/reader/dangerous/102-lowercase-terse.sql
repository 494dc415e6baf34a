-- danger: truncates, written so that a simple search misses it
begin; truncate/* old */only
  "Sessions"; commit;
