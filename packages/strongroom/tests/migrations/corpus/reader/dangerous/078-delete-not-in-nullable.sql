-- danger: deletes all rows without a partner in one transaction, or none when the subquery holds a NULL
DELETE FROM profiles WHERE user_id NOT IN (SELECT referred_by FROM users);
