"""Redis, MySQL, MongoDB, SQLite and other engines: their own programs beside the clients."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str = "drops a database") -> Rule:
    return Rule(name, pattern, loses, "needs_human", target="name")


RULES = (
    _rule("mysqladmin-drop", "mysqladmin|mariadb-admin drop"),
    _rule("mysqladmin-drop-late", "mysqladmin|mariadb-admin ~drop"),
    _rule("mysql-install", "mysql_install_db|mariadb-install-db|mysql_secure_installation", "makes a new data directory, or removes databases"),
    _rule("mysqld-initialize", "mysqld|mariadbd +--initialize|--initialize-insecure", "makes a new data directory"),
    _rule("mongorestore-drop", "mongorestore +--drop", "drops every collection before it restores it"),
    _rule("mongoimport-drop", "mongoimport +--drop", "drops the collection before it imports"),
    _rule("mongodump-oplog", "mongod +--repair", "rewrites the data files"),
    _rule("influx-delete", "influx delete|bucket|org delete|delete*", "deletes measurements"),
    _rule("influx-delete-plain", "influx delete", "deletes measurements"),
    _rule("etcd", "etcdctl del", "deletes keys"),
    _rule("consul", "consul kv delete +-recurse", "deletes keys"),
    _rule("vault", "vault kv destroy|metadata", "destroys secrets"),
    _rule("vault-delete", "vault secrets disable", "destroys secrets"),
    _rule("nats", "nats stream rm|purge|delete", "deletes messages"),
    _rule("kafka", "kafka-topics|kafka-topics.sh +--delete", "deletes a topic"),
    _rule("kafka-records", "kafka-delete-records|kafka-delete-records.sh", "deletes messages"),
    _rule("rabbit", "rabbitmqctl reset|force_reset|delete_queue|purge_queue|delete_vhost", "deletes queues"),
    _rule("neo4j", "neo4j-admin database load|drop +--overwrite-destination", "replaces a database"),
    _rule("cassandra", "nodetool drain|decommission|clearsnapshot|removenode", "removes data or snapshots of a node"),
    _rule("clickhouse-backup", "clickhouse-backup delete|clean|clean_remote_broken", "deletes backups"),
    _rule("clickhouse-restore", "clickhouse-backup restore|restore_remote +--rm|--drop", "drops tables before it restores them"),
    _rule("qdrant", "meilisearch +--import-dump", "replaces the database"),
    _rule("pscale-rm", "pscale db rm", "deletes a database"),
    _rule("turso", "turso db destroy", "deletes a database"),
    _rule("turso-group", "turso group destroy", "deletes databases"),
    _rule("d1", "wrangler d1 delete|time-travel", "deletes a database, or takes it back"),
    _rule("wrangler-kv", "wrangler kv:namespace|r2|kv|queues ~delete", "deletes stored values"),
    _rule("firebase", "firebase firestore:delete|database:remove|projects:delete|hosting:disable|auth:import", "deletes documents"),
    _rule("firebase-set", "firebase database:set", "replaces a whole tree of data"),
    _rule("mc", "bq rm", "deletes tables or data sets"),
    _rule("rabbitmqadmin", "rabbitmqadmin purge|delete", "deletes messages or queues"),
    _rule("cypher", "cypher-shell ~.*\\b(?:delete|drop)\\b.*", "deletes nodes"),
    _rule("bq-load", "bq load +--replace", "replaces a table"),
)  # fmt: skip

DANGEROUS = """
redis-cli FLUSHALL
redis-cli -h cache.prod -n 0 flushdb
redis-cli --scan --pattern '*' | xargs redis-cli DEL
echo FLUSHALL | redis-cli
mysql -e "DROP DATABASE shop"
mysql -u root -p shop -e "TRUNCATE TABLE orders"
mysql shop < /dev/null -e 'delete from users'
echo "drop database shop" | mysql -u root
mysqladmin drop shop -f
mysqladmin -u root -p drop shop
mongosh shop --eval "db.dropDatabase()"
mongosh --eval "db.getSiblingDB('shop').users.drop()"
mongo shop --eval 'db.users.deleteMany({})'
mongorestore --drop dump/
sqlite3 app.db "DROP TABLE users"
sqlite3 app.db 'delete from users;'
sqlite3 prod.sqlite <<< "DROP TABLE orders;"
clickhouse-client --query "DROP TABLE events"
bq rm -r -f shop
firebase firestore:delete --all-collections
wrangler d1 execute shop --command "DROP TABLE users"
turso db destroy shop
rabbitmqctl force_reset
kafka-topics.sh --delete --topic orders
"""

SAFE = """
redis-cli ping
redis-cli GET session:1
redis-cli DEL session:1
redis-cli KEYS '*'
mysql -e "SHOW TABLES"
mysql shop -e "SELECT * FROM users LIMIT 5"
mysql shop_test -e "TRUNCATE TABLE orders"
mysqldump shop > shop.sql
mongosh --eval "db.users.find()"
mongosh shop_test --eval "db.dropDatabase()"
mongodump --out dump
sqlite3 app.db ".tables"
sqlite3 app.db "SELECT 1"
sqlite3 /tmp/x.db "DROP TABLE t"
sqlite3 :memory: "DROP TABLE t"
wrangler deploy
bq query "SELECT 1"
firebase deploy
"""
