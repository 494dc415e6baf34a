-- danger: everybody who can connect may now change every table
GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA public TO PUBLIC;
