"""Delete protection inside the database: roles, guards, limits, before-images."""

from strongroom.protection.inspecting import (
    Weakness,
    inspect_protection,
    protection_warnings,
)
from strongroom.protection.installing import install, note_floors
from strongroom.protection.protecting import (
    Protected,
    administered,
    is_protected,
    note_counts,
    protect,
    unprotect,
)

__all__ = [
    "Protected",
    "Weakness",
    "administered",
    "inspect_protection",
    "install",
    "is_protected",
    "note_counts",
    "note_floors",
    "protect",
    "protection_warnings",
    "unprotect",
]
