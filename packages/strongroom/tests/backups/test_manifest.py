import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from strongroom.backups.manifest import FORMAT, PREFIX, Manifest
from strongroom.errors import DamagedBackupError, NewerFormatError

BACKUP_ID = "20300101T000000Z-abc123"


@pytest.fixture
def manifest(keep_backup: Callable[..., Manifest]) -> Manifest:
    return keep_backup(BACKUP_ID)


def rewritten(manifest: Manifest, change: Callable[[dict[str, Any]], None]) -> tuple[bytes, str]:
    """Change a manifest and give it the name that fits."""
    document = json.loads(manifest.to_bytes())
    change(document)
    data = json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    return data, f"{PREFIX}{BACKUP_ID}/manifest-{hashlib.sha256(data).hexdigest()}.json"


def test_a_manifest_is_read_as_it_was_written(manifest: Manifest) -> None:
    assert Manifest.from_bytes(manifest.to_bytes(), manifest.key) == manifest


def test_its_name_is_the_hash_of_its_bytes(manifest: Manifest) -> None:
    sha256 = hashlib.sha256(manifest.to_bytes()).hexdigest()
    assert manifest.key == f"backups/{BACKUP_ID}/manifest-{sha256}.json"


def test_its_form_is_canonical(manifest: Manifest) -> None:
    text = manifest.to_bytes().decode()
    document = json.loads(text)
    assert list(document) == sorted(document)
    assert ": " not in text
    assert text.endswith("}\n")


def test_every_flipped_byte_is_found(manifest: Manifest) -> None:
    data = manifest.to_bytes()
    for place in range(0, len(data), 7):
        flipped = bytearray(data)
        flipped[place] ^= 0x20
        with pytest.raises(DamagedBackupError):
            Manifest.from_bytes(bytes(flipped), manifest.key)


def test_a_newer_format_is_refused_as_newer(manifest: Manifest) -> None:
    def become_newer(document: dict[str, Any]) -> None:
        document["format"] = FORMAT + 1
        document["tables"] = {"as": "nobody knows yet"}

    with pytest.raises(NewerFormatError, match=f"format {FORMAT + 1}"):
        Manifest.from_bytes(*rewritten(manifest, become_newer))


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("tables"),
        lambda document: document.update(surplus=1),
        lambda document: document.update(method="physical"),
        lambda document: document.update(size_bytes="many"),
        lambda document: document.update(format="one"),
        lambda document: document["tables"][0].pop("digest"),
        lambda document: document["objects"].append(None),
        lambda document: document.update(backup_id="20300101T000000Z-another"),
        lambda document: document.update(duration_s=True),
    ],
)
def test_what_does_not_fit_the_format_is_refused(
    manifest: Manifest, change: Callable[[dict[str, Any]], None]
) -> None:
    with pytest.raises(DamagedBackupError):
        Manifest.from_bytes(*rewritten(manifest, change))


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b"{}", b"\xff", b"null"])
def test_what_is_no_manifest_at_all_is_refused(data: bytes) -> None:
    key = f"{PREFIX}{BACKUP_ID}/manifest-{hashlib.sha256(data).hexdigest()}.json"
    with pytest.raises(DamagedBackupError):
        Manifest.from_bytes(data, key)
