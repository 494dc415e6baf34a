-- rule: grant-to-public
GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;
