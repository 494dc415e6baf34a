-- rule: lossy-using
ALTER TABLE users ALTER COLUMN bio TYPE varchar(100) USING left(bio, 100);
