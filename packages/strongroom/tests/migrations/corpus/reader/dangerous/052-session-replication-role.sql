-- danger: switches off every trigger and foreign key check for what follows
SET session_replication_role = replica;
DELETE FROM teams WHERE plan = 'trial';
SET session_replication_role = DEFAULT;
