-- rule: drop-table
CREATE TABLE staging.users (id bigint);
DROP TABLE users;
