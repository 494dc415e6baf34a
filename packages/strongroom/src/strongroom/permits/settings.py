"""``[permits]`` of strongroom.toml: what a person must confirm, and how long a permit lasts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError
from strongroom.permits.effects import KINDS, Effect

CONFIRMED_BY_DEFAULT = (
    "drop_database",
    "drop_schema",
    "drop_table",
    "truncate",
    "disable_guard",
    "run_command",
)


@dataclass(frozen=True)
class PermitSettings:
    """The policy of one configuration."""

    confirm: tuple[str, ...] = CONFIRMED_BY_DEFAULT
    """Kinds that only a person at a terminal, or a token made by one, can confirm."""
    rows_without_confirmation: int = 1_000
    """More rows than this in a delete or update want a person as well."""
    lasts_max_s: int = 24 * 3_600
    application_confirms: tuple[str, ...] = ()
    """Kinds that the application itself may confirm for a person whom it has asked: an account
    that its owner deletes. The application must hold an administrator's connection anyway."""

    def confirmation_for(self, effects: Iterable[Effect]) -> list[str]:
        """Those effects that a person must confirm."""
        return [
            str(one)
            for one in effects
            if one.kind in self.confirm
            or (one.rows_max or 0) > self.rows_without_confirmation
            # Of any column, and as often as its transaction likes.
            or (one.kind == "alter_type" and not one.columns)
        ]


def settings_of(configuration: Configuration) -> PermitSettings:
    """Read the table; what is not said has its default.

    Raises:
        ConfigurationError: it says something that is not known.
    """
    written = dict(configuration.permits)
    try:
        written["confirm"] = tuple(written.get("confirm", CONFIRMED_BY_DEFAULT))
        written["application_confirms"] = tuple(written.get("application_confirms", ()))
        settings = PermitSettings(**written)
    except TypeError as error:
        raise _wrong(configuration, str(error)) from error
    for name in ("confirm", "application_confirms"):
        if unknown := set(getattr(settings, name)) - set(KINDS):
            raise _wrong(configuration, f"{name} names {', '.join(sorted(unknown))}")
    return settings


def _wrong(configuration: Configuration, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"[permits] in {configuration.path} has a setting that is not known: {what}.",
        next_step=f"edit {configuration.path}",
    )
