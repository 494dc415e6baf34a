-- danger: blocks writes, and reads through the index, while it runs
REINDEX TABLE orders;
