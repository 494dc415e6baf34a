-- rule: replication-role
SET session_replication_role = 'replica';
