SET lock_timeout = '2s';
CREATE TABLE totals (id bigint PRIMARY KEY, total bigint);
UPDATE totals SET total = s.total FROM sums s WHERE s.id = totals.id;
