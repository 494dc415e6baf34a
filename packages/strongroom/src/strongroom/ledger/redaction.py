"""Take secrets out of what is about to be recorded for ever."""

from __future__ import annotations

import re
from collections.abc import Mapping

REDACTED = "[redacted]"

_SECRET_NAME = re.compile(r"passw(or)?d|secret|token|private_?key|credential", re.IGNORECASE)
_SECRETS_IN_TEXT = (
    re.compile(r"AGE-SECRET-KEY-[0-9A-Z]+", re.IGNORECASE),
    re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]*(?=@)"),  # user:password in an address
    re.compile(r"(?<=password=)('[^']*'|\S+)", re.IGNORECASE),  # libpq's key and value
)


def redacted(value: object) -> object:
    """Copy a JSON value without its secrets: by the name of a field, or by their shape."""
    if isinstance(value, Mapping):
        return {
            str(name): REDACTED if _SECRET_NAME.search(str(name)) else redacted(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    for secret in _SECRETS_IN_TEXT:
        text = secret.sub(REDACTED, text)
    return text
