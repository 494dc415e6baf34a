-- rule: drop-extension
DROP EXTENSION citext;
