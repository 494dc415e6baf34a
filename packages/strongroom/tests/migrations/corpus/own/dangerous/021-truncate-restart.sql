-- rule: truncate
TRUNCATE orders RESTART IDENTITY CASCADE;
