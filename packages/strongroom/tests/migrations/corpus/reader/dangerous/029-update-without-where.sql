-- danger: overwrites every row's value; locks all rows of the table in one transaction
UPDATE users SET status = 'active';
