INSERT INTO countries (code, name) VALUES ('AT', 'Austria') ON CONFLICT DO NOTHING;
