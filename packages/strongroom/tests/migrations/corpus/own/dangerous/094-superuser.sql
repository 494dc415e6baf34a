-- rule: powerful-role
ALTER ROLE app SUPERUSER;
