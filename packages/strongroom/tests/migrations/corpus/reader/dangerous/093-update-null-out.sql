-- danger: erases a column's values for every row, the drop in disguise
UPDATE customers SET date_of_birth = NULL;
