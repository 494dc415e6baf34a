"""What may be written in a configuration, and how far each limit may go.

A name that nobody reads, or a limit that means nothing, would switch a safeguard off in silence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from strongroom.config.settings import Keep, Policy
from strongroom.errors import ConfigurationError

TOP_LEVEL = (
    "format",
    "application",
    "environment",
    "database",
    "databases",
    "server",
    "store",
    "state",
    "keys",
    "policy",
    "tables",
    "protection",
    "permits",
    "migrations",
    "backup",
    "drill",
    "wal",
    "audit",
    "retention",
    "schedule",
    "alerts",
)
"""Every name at the top: whoever reads another table of the file adds it here."""

INSIDE: Mapping[str, tuple[str, ...]] = {
    "database": ("name", "url", "server", "keep", "administrator", "backup"),
    "server": ("data_directory", "run_directory", "log_directory", "settings"),
    "store": ("url", "copies"),
    "state": ("url", "cache"),
    "keys": ("private_key", "passwords", "elsewhere"),
    "tables": ("keep",),
    "policy": tuple(one.name for one in fields(Policy)),
}
"""The names within a table; of those that are not here, their rooms judge them."""

_SHARES = ("shrink_share", "store_free_share_min")
_NEVER_ZERO = ("count_time_max_s",)
"""Where PostgreSQL takes 0 for no limit at all."""
_DURATION_MAX_S = 100 * 365 * 86_400


def require_known(path: Path, table: Mapping[str, Any], kind: str | None = None) -> None:
    """Refuse a name that nobody reads, at the top or in a table of this kind."""
    known = INSIDE[kind] if kind else TOP_LEVEL
    if unknown := sorted(table.keys() - set(known)):
        where = f"[{kind}]" if kind else "it"
        raise unusable(
            path,
            f"{where} has {unknown[0]!r}, which is not known here; known are {', '.join(known)}",
        )


def policy(path: Path, written: Mapping[str, Any]) -> Policy:
    """The limits that are written, each of which must mean something."""
    require_known(path, written, "policy")
    for name, value in written.items():
        if (must := _must_be(name, value)) is not None:
            raise unusable(path, f"policy.{name} is {value!r}, and it must be {must}")
    return Policy(**written)


def _must_be(name: str, value: object) -> str | None:
    """What a limit must be; None where it is that."""
    whole = isinstance(getattr(Policy, name), int)
    kinds = int if whole else (int, float)
    is_number = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
    if name in _SHARES:
        fits = is_number and 0 <= value < 1  # type: ignore[operator]  # a number
        return None if fits else "a share: a number from 0 to below 1, such as 0.2"
    least = "above 0" if name in _NEVER_ZERO else "0 or more"
    fits = is_number and 0 <= value <= _DURATION_MAX_S  # type: ignore[operator]  # a number
    if fits and not (value == 0 and name in _NEVER_ZERO):
        return None
    return f"a {'whole ' if whole else ''}number of seconds, {least}"


def keep(path: Path, written: Mapping[str, Any]) -> dict[str, Keep]:
    """How each table is kept, by its name."""
    for table, kept in written.items():
        if kept not in get_args(Keep):
            raise unusable(path, f"tables.keep of {table} is {kept!r}: use share, all or none")
    return dict(written)


def unusable(path: Path, what: str) -> ConfigurationError:
    """What is wrong with a configuration, as the error that says so."""
    return ConfigurationError(
        f"The configuration {path} cannot be used: {what}.", next_step=f"edit {path}"
    )
