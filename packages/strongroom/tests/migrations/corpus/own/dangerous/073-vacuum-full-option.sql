-- rule: vacuum-full
VACUUM (FULL, ANALYZE) events;
