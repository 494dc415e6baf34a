INSERT INTO countries (code, name) VALUES ('AT', 'Austria'), ('DE', 'Germany');
