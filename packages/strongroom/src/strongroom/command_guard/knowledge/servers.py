"""PostgreSQL's own programs, and files of database servers."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule

RULES = (
    Rule("pg-resetwal", "pg_resetwal|pg_resetxlog !-n|--dry-run|--help|--version|-V", "throws the log away, and what was committed with it", target="path"),
    Rule("initdb", "initdb|pg_createcluster|postgresql-setup !--help|--version", "makes a new, empty cluster, perhaps in the place of a full one", target="path"),
    Rule("pg-ctl-initdb", "pg_ctl init*", "makes a new, empty cluster, perhaps in the place of a full one", target="directory"),
    Rule("pg-ctl-immediate", "pg_ctl promote", "makes a second primary, whose rows go apart from the first's", "needs_human"),
    Rule("pg-dropcluster", "pg_dropcluster", "drops a whole cluster with its files"),
    Rule("pg-upgradecluster", "pg_upgradecluster", "replaces a cluster by an upgraded one"),
    Rule("pg-upgrade", "pg_upgrade !-c|--check|--help|--version", "replaces a cluster; with --link the old one is lost"),
    Rule("pg-rewind", "pg_rewind !-n|--dry-run|--help", "takes a cluster back to where another one is"),
    Rule("pg-archivecleanup", "pg_archivecleanup !-n|--dry-run", "removes log that backups may still need", "needs_human"),
    Rule("pg-combine", "pg_repack +--kill-backend", "ends other sessions and rewrites tables", "needs_human", target="database"),
    Rule("patroni-reinit", "patronictl reinit|remove|failover|switchover", "removes a member's data, or lets another one lead", "needs_human"),
    Rule("repmgr-force", "repmgr ~(?:standby|node|cluster) ~(?:clone|rejoin|cleanup) +-F|--force|--force-rewind", "writes over a node's data directory", "needs_human"),
    Rule("stolonctl", "stolonctl init|failkeeper|removekeeper", "begins the cluster anew, or removes a member", "needs_human"),
    Rule("gitlab-ctl", "gitlab-ctl cleanse|uninstall|pg-decomposition-migration", "removes the application with its data", "needs_human"),
    Rule("gitlab-rake", "gitlab-rake gitlab:setup|db:drop|db:reset|db:schema:load", "drops the application's database", "needs_human"),
    Rule("opaque", "strongroom-opaque", "gives a shell text that nobody can see", "needs_human"),
    Rule("pgloader", "pgloader ~.*include.drop.*", "drops the target's tables first", "needs_human"),
)  # fmt: skip

DANGEROUS = """
psql -c "DROP TABLE users"
psql -d shop -c "drop database shop_live"
psql $DATABASE_URL -c 'DROP SCHEMA public CASCADE; CREATE SCHEMA public;'
psql -c "TRUNCATE orders, users CASCADE"
psql -c "DELETE FROM users"
psql -c "DELETE FROM users WHERE 1=1"
psql -c "delete from users where true"
psql -c "WITH gone AS (DELETE FROM users RETURNING *) SELECT count(*) FROM gone"
psql -c "EXPLAIN ANALYZE DELETE FROM users"
psql -c "UPDATE users SET email = 'x'"
psql -c "ALTER TABLE users DROP COLUMN email"
psql -c "SELECT 1; DROP TABLE users"
psql -c "DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$"
echo "DROP TABLE users;" | psql shop
psql shop <<< "truncate users"
psql -c "SET session_replication_role = replica; DELETE FROM users WHERE id = 1"
PGPASSWORD=x psql -h prod -U app -c "drop owned by app"
dropdb shop
dropdb --if-exists -h localhost shop_development
pg_restore --clean -d shop backup.dump
pg_restore -c --if-exists --dbname=shop backup.dump
pg_resetwal -f /var/lib/postgresql/data
initdb -D /var/lib/postgresql/data
rm -rf /var/lib/postgresql/16/main
sudo rm -rf /var/opt/gitlab/postgresql/data
rm -rf $PGDATA
rm -rf "$PGDATA"/*
rm -rf ./pgdata
rm -rf data/postgres
rm -f /var/lib/postgresql/data/pg_wal/0000*
mv /var/lib/postgresql/data /root/old
find /var/lib/postgresql -type f -delete
find /var/lib/mysql -name '*.ibd' -exec rm {} +
rsync -a --delete empty/ /var/lib/postgresql/data/
shred -u /var/lib/postgresql/data/base/1/1259
truncate -s 0 app.db
rm db.sqlite3
pg_dropcluster --stop 16 main
rm -rf /
rm -rf ~
rm -rf .
rm -rf *
rm -rf "$DIR"/*
rm -rf .git
cat /dev/null > db.sqlite3
psql -c '\\! rm -rf /var/lib/postgresql/data'
"""

SAFE = """
psql -c "SELECT count(*) FROM users"
psql -l
psql -c "\\dt"
psql -c "EXPLAIN DELETE FROM users"
psql -c "DELETE FROM users WHERE id = 42"
psql -c "UPDATE users SET name = 'x' WHERE id = 42"
psql -c "CREATE TABLE t (id int)"
psql -c "CREATE INDEX ON users (email)"
psql -c "DROP INDEX users_email_idx"
psql -c "INSERT INTO notes VALUES ('please do not drop table users')"
psql -d shop_test -c "DROP SCHEMA public CASCADE"
psql postgres://localhost/app_test -c "truncate users"
psql -c "BEGIN; DELETE FROM users; ROLLBACK;"
dropdb test_shop
dropdb --if-exists shop_test
createdb shop
pg_dump shop > backup.sql
pg_dump -Fc -f /backups/shop.dump shop
pg_restore -l backup.dump
pg_restore --clean -d shop_test backup.dump
pg_restore -d shop_copy backup.dump
pg_ctl -D /var/lib/postgresql/data start
initdb -D /tmp/pg
rm -rf node_modules
rm -rf dist build
rm -rf /tmp/pgdata-test
rm -rf .venv __pycache__
rm -f *.log
rm notes.txt
rm -rf src/old
mv a.txt b.txt
find . -name '*.pyc' -delete
find . -type d -name node_modules -exec rm -rf {} +
rsync -a --delete dist/ server:/srv/www/dist/
truncate -s 0 app.log
vacuumdb --all --analyze
echo "drop table users"
grep -rn "DROP TABLE" migrations/
"""
