"""Strongroom, a data-safety layer for applications on PostgreSQL.

This is the front door: what an application may use. Everything else is private to the package.
Names are loaded when they are first used, so that importing strongroom costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.backups import Manifest, prove_key, save_key
    from strongroom.backups import escrow as escrow_key
    from strongroom.backups import listed as list_backups
    from strongroom.backups import take as backup
    from strongroom.cli.output import addressed, error_document, error_lines
    from strongroom.cli.progress_display import ProgressDisplay
    from strongroom.config import Configuration, default_document
    from strongroom.config import find as find_configuration
    from strongroom.config import load as load_configuration
    from strongroom.config import load_all as load_configurations
    from strongroom.drills import DrillRecord, deciding_drills, drill, latest_proof, proofs
    from strongroom.errors import RefusedError, StrongroomError
    from strongroom.identity import (
        Initialised,
        Inspector,
        Judgement,
        OpenDatabase,
        Rotated,
        Verdict,
        Verification,
        Warned,
        accept,
        add_recipient,
        adopt,
        check,
        forget_tables,
        init,
        open_database,
        plan_deletion,
        remove_recipient,
        rotate_key,
    )
    from strongroom.ledger import Entry, ledger_of, tell_entry
    from strongroom.migrations import Migrated, migrate
    from strongroom.migrations import plan as plan_migration
    from strongroom.migrations.lint import Finding, LintContext
    from strongroom.migrations.lint import lint as lint_migration
    from strongroom.permits import Effect, Permit, ProvenBackup, open_permit
    from strongroom.progress import SILENT, Progress
    from strongroom.protection import grant_permit, protect, protection_warnings
    from strongroom.refresh import Refreshed
    from strongroom.refresh import refresh as refresh_environment
    from strongroom.restores import Frozen, Restored, freeze, restore, thaw, undo

__all__ = [
    "SILENT",
    "Configuration",
    "DrillRecord",
    "Effect",
    "Entry",
    "Finding",
    "Frozen",
    "Initialised",
    "Inspector",
    "Judgement",
    "LintContext",
    "Manifest",
    "Migrated",
    "OpenDatabase",
    "Permit",
    "Progress",
    "ProgressDisplay",
    "ProvenBackup",
    "Refreshed",
    "RefusedError",
    "Restored",
    "Rotated",
    "StrongroomError",
    "Verdict",
    "Verification",
    "Warned",
    "accept",
    "add_recipient",
    "addressed",
    "adopt",
    "backup",
    "check",
    "deciding_drills",
    "default_document",
    "drill",
    "error_document",
    "error_lines",
    "escrow_key",
    "find_configuration",
    "forget_tables",
    "freeze",
    "grant_permit",
    "init",
    "latest_proof",
    "ledger_of",
    "lint_migration",
    "list_backups",
    "load_configuration",
    "load_configurations",
    "migrate",
    "open_database",
    "open_permit",
    "plan_deletion",
    "plan_migration",
    "proofs",
    "protect",
    "protection_warnings",
    "prove_key",
    "refresh_environment",
    "remove_recipient",
    "restore",
    "rotate_key",
    "save_key",
    "tell_entry",
    "thaw",
    "undo",
]

_HOMES = {
    "SILENT": "progress",
    "Configuration": "config",
    "DrillRecord": "drills",
    "Effect": "permits",
    "Entry": "ledger",
    "Finding": "migrations.lint",
    "Frozen": "restores",
    "Initialised": "identity",
    "Inspector": "identity",
    "Judgement": "identity",
    "LintContext": "migrations.lint",
    "Manifest": "backups",
    "Migrated": "migrations",
    "OpenDatabase": "identity",
    "Permit": "permits",
    "Progress": "progress",
    "ProgressDisplay": "cli.progress_display",
    "ProvenBackup": "permits",
    "Refreshed": "refresh",
    "RefusedError": "errors",
    "Restored": "restores",
    "Rotated": "identity",
    "StrongroomError": "errors",
    "Verdict": "identity",
    "Verification": "identity",
    "Warned": "identity",
    "accept": "identity",
    "add_recipient": "identity",
    "addressed": "cli.output",
    "adopt": "identity",
    "backup": "backups:take",
    "check": "identity",
    "deciding_drills": "drills",
    "default_document": "config",
    "drill": "drills",
    "error_document": "cli.output",
    "error_lines": "cli.output",
    "escrow_key": "backups:escrow",
    "find_configuration": "config:find",
    "forget_tables": "identity",
    "freeze": "restores",
    "grant_permit": "protection",
    "init": "identity",
    "latest_proof": "drills",
    "ledger_of": "ledger",
    "lint_migration": "migrations.lint:lint",
    "list_backups": "backups:listed",
    "load_configuration": "config:load",
    "load_configurations": "config:load_all",
    "migrate": "migrations",
    "open_database": "identity",
    "open_permit": "permits",
    "plan_deletion": "identity",
    "plan_migration": "migrations:plan",
    "proofs": "drills",
    "protect": "protection",
    "protection_warnings": "protection",
    "prove_key": "backups",
    "refresh_environment": "refresh:refresh",
    "remove_recipient": "identity",
    "restore": "restores",
    "rotate_key": "identity",
    "save_key": "backups",
    "tell_entry": "ledger",
    "thaw": "restores",
    "undo": "restores",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'strongroom' has no attribute {name!r}")
    room, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(f"strongroom.{room}"), attribute or name)


def __dir__() -> list[str]:
    return sorted(__all__)
