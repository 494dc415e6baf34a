"""Encrypted backups that carry the count and digest of every table, and their catalogue."""

from strongroom.backups.archive import open_archive
from strongroom.backups.catalogue import (
    Catalogue,
    Damage,
    is_recorded,
    listed,
    load,
    missing_warning,
    missing_warnings,
    read_catalogue,
)
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.key_proof import KeyProof, prove_key, save_key
from strongroom.backups.manifest import (
    ExtensionRecord,
    Manifest,
    NotCovered,
    RoleRecord,
    SequenceRecord,
    SnapshotRecord,
    TableRecord,
)
from strongroom.backups.stream import PlainStream, StoredObject
from strongroom.backups.taking import STEPS, take

__all__ = [
    "STEPS",
    "Catalogue",
    "Damage",
    "ExtensionRecord",
    "KeyProof",
    "Manifest",
    "NotCovered",
    "PlainStream",
    "RoleRecord",
    "SequenceRecord",
    "SnapshotRecord",
    "StoredObject",
    "TableRecord",
    "is_recorded",
    "listed",
    "load",
    "missing_warning",
    "missing_warnings",
    "open_archive",
    "prove_key",
    "read_catalogue",
    "save_key",
    "schema_fingerprint",
    "take",
]
