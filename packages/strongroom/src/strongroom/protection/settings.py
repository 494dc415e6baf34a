"""``[protection]`` of strongroom.toml: how much may go at once, and what single tables need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from strongroom.config import Configuration, Keep
from strongroom.errors import ConfigurationError

Updates = Literal["share", "budget", "free"]


@dataclass(frozen=True)
class ProtectionSettings:
    """The limits of one configuration. Shares are of a table's rows, from 0 to 1."""

    delete_share: float = 0.2
    delete_rows: int = 50
    """As many may be deleted from any table, however small."""
    update_share: float = 0.2
    update_rows: int = 50
    window_s: int = 3600
    """How long deletions of one role in one table are added up."""
    before_images: tuple[str, ...] = ()
    """Tables of which every overwritten or deleted row is kept."""
    updates: Mapping[str, Updates] = field(default_factory=dict)
    """Per table: ``share``; ``budget`` adds updates up in the window; ``free`` limits none."""

    def limits(self) -> dict[str, Any]:
        """The limits as the database keeps them."""
        written = asdict(self)
        return {name: written[name] for name in LIMITS}


LIMITS = ("delete_share", "delete_rows", "update_share", "update_rows", "window_s")


@dataclass(frozen=True)
class Rule:
    """What the configuration says of one table."""

    table: str
    keep: Keep
    updates: Updates
    before_images: bool


BOOKKEEPING: Mapping[str, Keep] = {
    "public.alembic_version": "none",
    "public.django_session": "none",
}
"""Tables of tools that hold nothing of users and are emptied in ordinary life."""


def settings_of(configuration: Configuration) -> ProtectionSettings:
    """Read the table; what is not said has its default.

    Raises:
        ConfigurationError: it says something that is not known, or no limit at all.
    """
    written = dict(configuration.protection)
    written["before_images"] = tuple(written.get("before_images", ()))
    try:
        settings = ProtectionSettings(**written)
    except TypeError as error:
        raise _wrong(configuration, str(error)) from error
    if not (0 < settings.delete_share <= 1 and 0 < settings.update_share <= 1):
        raise _wrong(configuration, "a share is more than 0 and at most 1")
    if min(settings.delete_rows, settings.update_rows, settings.window_s) < 0:
        raise _wrong(configuration, "a limit is negative")
    for table, updates in settings.updates.items():
        if updates not in get_args(Updates):
            raise _wrong(configuration, f"updates of {table} is {updates!r}")
    return settings


def rules_of(configuration: Configuration) -> list[Rule]:
    """What is said of single tables anywhere in the configuration, by full name."""
    settings = settings_of(configuration)
    keep = {**BOOKKEEPING, **{_full(name): kept for name, kept in configuration.keep.items()}}
    updates = {_full(name): one for name, one in settings.updates.items()}
    images = {_full(name) for name in settings.before_images}
    return [
        Rule(table, keep.get(table, "share"), updates.get(table, "share"), table in images)
        for table in sorted({*keep, *updates, *images})
    ]


def _full(table: str) -> str:
    return table if "." in table else f"public.{table}"


def _wrong(configuration: Configuration, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"[protection] in {configuration.path} cannot be used: {what}.",
        next_step=f"edit {configuration.path}",
    )
