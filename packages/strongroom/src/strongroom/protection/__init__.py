"""Delete protection inside the database: roles, guards, limits, before-images."""

from strongroom.protection.inspecting import (
    Weakness,
    inspect_protection,
    protection_warnings,
)
from strongroom.protection.installing import install
from strongroom.protection.protecting import (
    Protected,
    administered,
    is_protected,
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
    "protect",
    "protection_warnings",
    "unprotect",
]
