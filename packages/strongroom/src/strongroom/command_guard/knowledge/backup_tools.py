"""The backup tools' own ways to forget: prune, expire, delete."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str = "deletes backups") -> Rule:
    return Rule(name, pattern, loses, "needs_human", target="name")


RULES = (
    _rule("pgbackrest", "pgbackrest expire|stanza-delete !--dry-run"),
    _rule("pgbackrest-delta", "pgbackrest restore", "writes over a data directory"),
    _rule("barman", "barman delete"),
    Rule("barman-recover", "barman recover|restore", "writes over a data directory", "needs_human", target="cluster"),
    _rule("barman-cloud", "barman-cloud-backup-delete"),
    _rule("wal-g", "wal-g delete|backup-mark +--confirm"),
    _rule("wal-g-fetch", "wal-g backup-fetch", "writes over a data directory"),
    _rule("wal-e", "wal-e delete"),
    _rule("pg-rman", "pg_rman purge|delete"),
    _rule("pg-probackup", "pg_probackup delete|merge|set-backup|del-instance"),
    _rule("restic", "restic forget|prune|rewrite|key !--dry-run|-n"),
    _rule("restic-restore", "restic restore +--delete", "deletes at the target whatever the backup lacks"),
    _rule("borg", "borg delete|prune|compact|recreate !--dry-run|-n"),
    _rule("borgmatic", "borgmatic prune|compact|delete|repo-delete|restore"),
    _rule("kopia", "kopia snapshot|blob|content delete|expire +--delete|--all-snapshots-for-source|--yes"),
    _rule("kopia-policy", "kopia repository|policy|maintenance delete|gc"),
    _rule("duplicity", "duplicity remove-older-than|remove-all-but-n-full|remove-all-inc-of-but-n-full|cleanup +--force"),
    _rule("duplicity-option", "duplicity ~remove-.* +--force"),
    _rule("rdiff", "rdiff-backup remove|--remove-older-than"),
    _rule("rdiff-option", "rdiff-backup +--remove-older-than"),
    _rule("tarsnap", "tarsnap +-d|--nuke"),
    _rule("bacula", "bconsole ~.*(?:purge|delete|prune).*"),
    _rule("duplicacy", "duplicacy prune"),
    _rule("rustic", "rustic forget|prune"),
    _rule("bupstash", "bupstash rm|gc"),
    _rule("mysqlbinlog", "xtrabackup|mariabackup +--move-back|--copy-back", "writes over a data directory"),
    _rule("pg-hardstorage", "pg_hardstorage delete|prune|expire|gc"),
    _rule("crontab-remove", "crontab +-r", "removes every job of this user, backups among them"),
    _rule("systemd-timer", "systemctl disable|mask|stop ~.*(?:backup|strongroom|barman|pgbackrest|wal|restic|borg).*", "ends backups"),
    _rule("duply", "duply * purge*|cleanup*"),
    _rule("proxmox", "proxmox-backup-client snapshot|prune|forget|backup forget|remove"),
    _rule("proxmox-prune", "proxmox-backup-client prune"),
    _rule("vzdump", "vzdump +--prune-backups|--remove|--maxfiles"),
    _rule("bareos", "bareos-bconsole|bconsole"),
    _rule("etcd-restore", "etcdutl|etcdctl snapshot restore", "puts an old state in the place of the present one"),
)  # fmt: skip

DANGEROUS = """
pgbackrest --stanza=main expire
pgbackrest stanza-delete --stanza=main --force
barman delete main oldest
wal-g delete everything FORCE --confirm
wal-g delete retain FULL 3 --confirm
restic forget --keep-last 1 --prune
restic -r s3:x prune
borg prune --keep-daily 7 repo
borg delete repo::archive
kopia snapshot delete abc --delete
duplicity remove-older-than 1M --force file:///b
crontab -r
rm -rf /var/backups/postgresql
rm -f backups/shop-2026-01-01.dump
find /backups -mtime +7 -delete
systemctl disable strongroom-watch.timer
"""

SAFE = """
pgbackrest --stanza=main backup
pgbackrest info
barman list-backups main
barman backup main
wal-g backup-list
wal-g backup-push /var/lib/postgresql/data
restic backup /srv
restic snapshots
restic forget --dry-run --keep-last 1
restic check
borg create repo::now /srv
borg list repo
crontab -l
crontab -e
systemctl status strongroom-watch.timer
systemctl restart nginx
"""
