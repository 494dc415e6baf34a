from __future__ import annotations

from pathlib import Path
from typing import Any

import pyrage
import pytest

from strongroom.backups import prove_key
from strongroom.errors import DamagedBackupError, NoSuchBackupError, WrongKeyError
from strongroom.identity.key_copies import save_key_copy
from strongroom.ledger import ledger_of

Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""


def test_a_saved_copy_opens_the_newest_backup(shop: Shop, tmp_path: Path) -> None:
    manifest = shop.take()
    copy = save_key_copy(shop.configuration, tmp_path / "copy.txt")
    proof = prove_key(shop.configuration, copy)
    assert proof.backup_id == manifest.backup_id
    assert proof.content_size_bytes == manifest.objects[0].content_size_bytes
    assert proof.same_disk
    assert ledger_of(shop.configuration).contains("key_proved", backup_id=manifest.backup_id)


def test_a_lost_original_does_not_matter(shop: Shop, tmp_path: Path) -> None:
    manifest = shop.take()
    copy = save_key_copy(shop.configuration, tmp_path / "copy.txt")
    original = shop.configuration.private_key
    original.rename(original.with_suffix(".lost"))
    try:
        assert prove_key(shop.configuration, copy, manifest.backup_id).same_disk is False
    finally:
        original.with_suffix(".lost").rename(original)


def test_another_key_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.take()
    other = tmp_path / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()), encoding="utf-8")
    with pytest.raises(WrongKeyError, match="undamaged"):
        prove_key(shop.configuration, other)


def test_the_original_is_no_copy(shop: Shop, tmp_path: Path) -> None:
    shop.take()
    original = shop.configuration.private_key
    with pytest.raises(WrongKeyError, match="not a copy"):
        prove_key(shop.configuration, original)
    (tmp_path / "link").symlink_to(original)
    with pytest.raises(WrongKeyError, match="not a copy"):
        prove_key(shop.configuration, tmp_path / "link")


@pytest.mark.parametrize("content", [None, "", "not a key", "AGE-SECRET-KEY-1DAMAGED"])
def test_a_file_without_a_key_is_refused(shop: Shop, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "key.txt"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(WrongKeyError) as refused:
        prove_key(shop.configuration, path)
    assert "DAMAGED" not in refused.value.message


def test_a_damaged_backup_proves_no_key(shop: Shop, tmp_path: Path) -> None:
    manifest = shop.take()
    copy = save_key_copy(shop.configuration, tmp_path / "copy.txt")
    data = Path(shop.configuration.store_url) / manifest.objects[0].key
    data.write_bytes(bytes(data.stat().st_size))
    with pytest.raises(DamagedBackupError):
        prove_key(shop.configuration, copy)
    with pytest.raises(NoSuchBackupError):
        prove_key(shop.configuration, copy, "20300101T000000Z-nosuch")
