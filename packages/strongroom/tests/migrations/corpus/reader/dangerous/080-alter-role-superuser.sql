-- danger: the application becomes superuser: no guard holds any more
ALTER ROLE webapp WITH SUPERUSER;
