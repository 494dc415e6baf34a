"""Single-use approvals of one effect: asked for, confirmed, consumed with the act itself."""

from strongroom.permits.effects import (
    COUNTED,
    KINDS,
    OUTSIDE,
    UNGUARDED,
    Effect,
    Kind,
    ProvenBackup,
    parse_effect,
)
from strongroom.permits.granting import (
    ListedPermit,
    Permit,
    issue,
    listed,
    open_permit,
    revoke,
)
from strongroom.permits.requests import (
    Request,
    answered,
    ask,
    keep_secret,
    requested,
    requests,
    secret_path,
)
from strongroom.permits.settings import PermitSettings, settings_of

__all__ = [
    "COUNTED",
    "KINDS",
    "OUTSIDE",
    "UNGUARDED",
    "Effect",
    "Kind",
    "ListedPermit",
    "Permit",
    "PermitSettings",
    "ProvenBackup",
    "Request",
    "answered",
    "ask",
    "issue",
    "keep_secret",
    "listed",
    "open_permit",
    "parse_effect",
    "requested",
    "requests",
    "revoke",
    "secret_path",
    "settings_of",
]
