from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from strongroom.backups.catalogue import is_recorded, listed, load, read_catalogue
from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.errors import DamagedBackupError, NoSuchBackupError
from strongroom.ledger import ledger_of

OLD, NEW = "20300101T000000Z-aaaaaa", "20300102T000000Z-bbbbbb"
KeepBackup = Callable[..., Manifest]


def file_of(configuration: Configuration, key: str) -> Path:
    return Path(configuration.store_url) / key


def test_backups_are_listed_newest_first(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    old, new = keep_backup(OLD), keep_backup(NEW)
    assert listed(configuration) == [new, old]
    assert load(configuration) == new
    assert load(configuration, OLD) == old


def test_no_backup_is_said_plainly(configuration: Configuration, keep_backup: KeepBackup) -> None:
    with pytest.raises(NoSuchBackupError, match="no backup yet"):
        load(configuration)
    keep_backup(OLD)
    with pytest.raises(NoSuchBackupError, match=NEW):
        load(configuration, NEW)


def test_a_backup_without_its_manifest_does_not_exist(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    file_of(configuration, keep_backup(OLD).key).unlink()
    assert listed(configuration) == []
    with pytest.raises(NoSuchBackupError):
        load(configuration, OLD)


@pytest.mark.parametrize("damage", ["flip_manifest", "remove_data", "shorten_data"])
def test_a_backup_that_is_not_whole_is_never_listed(
    configuration: Configuration, keep_backup: KeepBackup, damage: str
) -> None:
    old, new = keep_backup(OLD), keep_backup(NEW)
    manifest, data = (file_of(configuration, key) for key in (new.key, new.objects[0].key))
    if damage == "flip_manifest":
        manifest.write_bytes(manifest.read_bytes().replace(b"shop", b"shoq"))
    elif damage == "remove_data":
        data.unlink()
    else:
        data.write_bytes(data.read_bytes()[:-1])

    catalogue = read_catalogue(configuration)
    assert catalogue.backups == [old]
    assert [damaged.backup_id for damaged in catalogue.damaged] == [NEW]


def test_a_damaged_newest_backup_is_not_replaced_by_an_older_one_unasked(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    keep_backup(OLD)
    file_of(configuration, keep_backup(NEW).objects[0].key).unlink()
    with pytest.raises(DamagedBackupError, match="missing"):
        load(configuration)
    assert load(configuration, OLD).backup_id == OLD


def test_a_manifest_that_we_did_not_write_is_refused(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    keep_backup(OLD)
    keep_backup(NEW, recorded=False)
    with pytest.raises(DamagedBackupError, match="not in the ledger"):
        load(configuration)
    assert [backup.backup_id for backup in listed(configuration)] == [OLD]


def test_a_ledger_younger_than_a_backup_cannot_vouch_and_says_so(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    keep_backup(OLD, started_at=datetime(2001, 1, 1, tzinfo=UTC), recorded=False)
    keep_backup(NEW)
    catalogue = read_catalogue(configuration)
    assert [backup.backup_id for backup in catalogue.backups] == [NEW, OLD]
    assert catalogue.unrecorded == {OLD}
    assert load(configuration, OLD).backup_id == OLD


def test_a_lost_ledger_hides_no_backup(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    keep_backup(OLD)
    ledger_of(configuration).path.unlink()
    assert read_catalogue(configuration).unrecorded == {OLD}


def test_a_damaged_ledger_hides_no_backup_and_vouches_for_what_it_still_tells(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    old = keep_backup(OLD)
    with ledger_of(configuration).path.open("ab") as file:
        file.write(b"damage\n")
    keep_backup(NEW, recorded=False)
    catalogue = read_catalogue(configuration)
    assert [backup.backup_id for backup in catalogue.backups] == [NEW, OLD]
    assert catalogue.unrecorded == {NEW}
    assert is_recorded(configuration, old)


def test_two_manifests_for_one_backup_are_refused(
    configuration: Configuration, keep_backup: KeepBackup
) -> None:
    manifest = keep_backup(OLD)
    forged = file_of(configuration, manifest.key).with_name(f"manifest-{'f' * 64}.json")
    forged.write_bytes(b"{}")
    with pytest.raises(DamagedBackupError, match="several manifests"):
        load(configuration)
