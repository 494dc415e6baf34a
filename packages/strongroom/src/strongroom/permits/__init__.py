"""Single-use approvals of one effect: asked for, confirmed, consumed with the act itself."""

from strongroom.permits.effects import KINDS, Effect, Kind, ProvenBackup, parse_effect
from strongroom.permits.granting import (
    ListedPermit,
    Permit,
    issue,
    listed,
    open_permit,
    revoke,
)

__all__ = [
    "KINDS",
    "Effect",
    "Kind",
    "ListedPermit",
    "Permit",
    "ProvenBackup",
    "issue",
    "listed",
    "open_permit",
    "parse_effect",
    "revoke",
]
