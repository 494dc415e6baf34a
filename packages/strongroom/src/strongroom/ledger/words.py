"""What an entry of the ledger says, as a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strongroom.ledger.chain import Entry

_DRILLS = {
    "proven": "Restored backup {backup_id} into a scratch server: every table is as it was.",
    "failed": "Restored backup {backup_id} into a scratch server: it is not what it should be.",
}
_REFUSED = "Refused the database: {verdict}. Nothing was written."
_WORDS = {
    "init": "Made this database and pinned it.",
    "flush": "A person had Django empty every table; backup {backup_id} was proven before.",
    "reopened": "The database matched again, and was opened: {where}.",
    "adopt": "Took on this database as it was and pinned it.",
    "accept": "A person accepted the database all the same; the verdict was {verdict}.",
    "backup": "Took backup {backup_id}.",
    "backup_abandoned": "Backup {backup_id} had died before it was whole; its rest was removed.",
    "prune": "Began to remove backup {backup_id}, which retention lets go.",
    "pruned": "Removed backup {backup_id}.",
    "prune_acknowledged": "A person looked at what had happened, and lets retention go on.",
    "fsck_repaired": "Mended the store: {key} was {how}.",
    "copy": "Copied backups to {store}: {backups}.",
    "copy_failed": "Could not copy everything to {store}: {why}",
    "restore": "Restored backup {backup_id} beside the database.",
    "swap": "Put the restored database in place; the former one is kept.",
    "undo": "Took a swap back.",
    "freeze": "Stopped the server, copied its files to {copy}, and let nobody in any more.",
    "thaw": "Let applications in again; the copy in {copy} is kept.",
    "refresh": "Made a masked copy of {source} from backup {backup_id}; no original is left in it.",
    "protect": "Put guards into the database, or mended them.",
    "unprotect": "A person had the guards taken out of the database.",
    "permit_asked": "Somebody asked for a permit: {reason}",
    "permit_granted": "Granted permit {permit_id}, with backup {backup_id} behind it: {reason}",
    "permit_used": "Permit {permit_id} was used up.",
    "guard_refused": "Refused a command before it ran: {command}",
    "guard_passed": "Let a command pass with permit {permit_id}: {command}",
    "permit_revoked": "Took permit {permit_id} back.",
    "deletion_planned": "A permit lets up to {rows} rows of {table} be deleted.",
    "state_rebuilt": "Made the lost state again, from backup {backup_id}.",
    "tables_forgotten": "Expect the tables {tables} no longer: {reason}.",
    "logins": "Gave the roles of the application the passwords of their file.",
    "migrate": "Migrated the schema ({direction} to {revisions}).",
    "migration_refused": "Refused a migration: {why}. Nothing was changed.",
    "migration_failed": "A migration failed and was taken back: {why}",
    "migration_settled": "Looked after a migration that had been interrupted.",
    "migration_unverified": "A migration ran, and its outcome was not what was expected.",
    "leaks_removed": "Removed rows that tests had left, with permit {permit_id}.",
    "wal_gap": "The log from {start} to {end} was lost: no point in time in it can be reached.",
    "wal_pruned": "Removed log from before {before}, to which no kept backup leads.",
    "compose_removed": "Compose was let remove the data of {databases}; backup {backup_id} "
    "was proven before.",
    "key_proved": "Proved that the key in {key_file} opens backup {backup_id}.",
}


class _Details(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "unknown"


def tell_entry(entry: Entry) -> str:
    """Say what an entry records, in one sentence."""
    details: Mapping[str, Any] = entry.details
    if entry.kind == "drill":
        words = _DRILLS.get(str(details.get("verdict")), "Could not prove backup {backup_id}.")
    elif entry.kind == "refused":
        words = _REFUSED if "verdict" in details else "{message}"
    elif details.get("outcome") == "taken_back":
        words = "An interrupted exchange was taken back; nothing has changed."
    else:
        words = _WORDS.get(entry.kind, entry.kind.replace("_", " ").capitalize() + ".")
    if entry.kind == "migrate" and details.get("backup_id"):
        words = f"{words[:-1]}, after a rehearsal on backup {{backup_id}}."
    return words.format_map(_Details({name: _told(one) for name, one in details.items()}))


def _told(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
