-- rule: password-in-migration
CREATE ROLE reporting LOGIN PASSWORD 'hunter2';
