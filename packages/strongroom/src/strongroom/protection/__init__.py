"""Delete protection inside the database: roles, guards, limits, before-images."""

from strongroom.protection.inspecting import (
    Weakness,
    inspect_protection,
    protection_warnings,
)
from strongroom.protection.installing import install, note_floors
from strongroom.protection.ownership import owner_to_become
from strongroom.protection.permitted import drop_permitted, grant_permit, run_permitted
from strongroom.protection.protecting import (
    Protected,
    administered,
    is_protected,
    note_counts,
    plan_move,
    protect,
    remember_protected,
    should_be_protected,
    unprotect,
)

__all__ = [
    "Protected",
    "Weakness",
    "administered",
    "drop_permitted",
    "grant_permit",
    "inspect_protection",
    "install",
    "is_protected",
    "note_counts",
    "note_floors",
    "owner_to_become",
    "plan_move",
    "protect",
    "protection_warnings",
    "remember_protected",
    "run_permitted",
    "should_be_protected",
    "unprotect",
]
