-- rule: reindex-not-concurrent
REINDEX TABLE orders;
