-- rule: drop-table
CREATE TABLE users (id bigint);
SET search_path = crm;
DROP TABLE users;
