INSERT INTO help_articles (slug, body)
VALUES ('sql-basics', 'Use DROP TABLE users; with care. DELETE FROM x without WHERE empties x.');
