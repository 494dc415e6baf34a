-- danger: takes the id column's default away: inserts fail
DROP SEQUENCE orders_id_seq CASCADE;
