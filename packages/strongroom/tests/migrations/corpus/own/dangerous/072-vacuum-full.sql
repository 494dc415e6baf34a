-- rule: vacuum-full
VACUUM FULL events;
