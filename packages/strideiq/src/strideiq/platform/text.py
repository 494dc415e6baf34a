"""What can be kept as text."""

from __future__ import annotations


def is_text(value: str) -> bool:
    """Whether a database can keep it: without a lone surrogate, and without a NUL."""
    return "\0" not in value and not any("\ud800" <= each <= "\udfff" for each in value)
