-- rule: drop-table
/* outer /* inner */ still a comment */ DROP TABLE users; -- bye
