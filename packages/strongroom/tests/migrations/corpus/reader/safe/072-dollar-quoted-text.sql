INSERT INTO templates (name, body) VALUES ('warning', $t$Never run DROP DATABASE shop; it's final.$t$);
