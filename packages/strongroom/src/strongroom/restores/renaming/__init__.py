"""Restores on a server of others: a new database beside, exchanged by renaming both at once."""

from strongroom.restores.renaming.plan import DatabasePlan
from strongroom.restores.renaming.restoring import (
    STEPS,
    RestoredDatabase,
    plan_database_restore,
    restore_database,
)
from strongroom.restores.renaming.settling import settle_renaming
from strongroom.restores.renaming.undoing import plan_database_undo, undo_database

__all__ = [
    "STEPS",
    "DatabasePlan",
    "RestoredDatabase",
    "plan_database_restore",
    "plan_database_undo",
    "restore_database",
    "settle_renaming",
    "undo_database",
]
