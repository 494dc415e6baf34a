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
from strongroom.backups.copies import StoreCopies, copy_backups
from strongroom.backups.findings import Finding
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.fsck import DAMAGE_EXIT_CODE, Checked, fsck
from strongroom.backups.key_listing import KeyListing, list_keys
from strongroom.backups.key_proof import KeyProof, escrow, prove_key, save_key, unopened
from strongroom.backups.manifest import (
    ExtensionRecord,
    Manifest,
    NotCovered,
    RoleRecord,
    SequenceRecord,
    SnapshotRecord,
    TableRecord,
)
from strongroom.backups.method import Choice, chosen_for, missing_rights
from strongroom.backups.places import rule_of
from strongroom.backups.pruning import STEPS as PRUNE_STEPS
from strongroom.backups.pruning import Pruning, acknowledge, fates_of, plan_pruning, prune
from strongroom.backups.retention import DrillVerdict
from strongroom.backups.settings import Method, backup_settings
from strongroom.backups.stream import PlainStream, StoredObject
from strongroom.backups.taking import STEPS, take
from strongroom.backups.three_two_one import Place, Rule, three_two_one

__all__ = [
    "DAMAGE_EXIT_CODE",
    "PRUNE_STEPS",
    "STEPS",
    "Catalogue",
    "Checked",
    "Choice",
    "Damage",
    "DrillVerdict",
    "ExtensionRecord",
    "Finding",
    "KeyListing",
    "KeyProof",
    "Manifest",
    "Method",
    "NotCovered",
    "Place",
    "PlainStream",
    "Pruning",
    "RoleRecord",
    "Rule",
    "SequenceRecord",
    "SnapshotRecord",
    "StoreCopies",
    "StoredObject",
    "TableRecord",
    "acknowledge",
    "backup_settings",
    "chosen_for",
    "copy_backups",
    "escrow",
    "fates_of",
    "fsck",
    "is_recorded",
    "list_keys",
    "listed",
    "load",
    "missing_rights",
    "missing_warning",
    "missing_warnings",
    "open_archive",
    "plan_pruning",
    "prove_key",
    "prune",
    "read_catalogue",
    "rule_of",
    "save_key",
    "schema_fingerprint",
    "take",
    "three_two_one",
    "unopened",
]
