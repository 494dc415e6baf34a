"""``[retention]`` of strongroom.toml: for how long backups are kept."""

from __future__ import annotations

from dataclasses import dataclass, fields

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError


@dataclass(frozen=True)
class RetentionSettings:
    """``[retention]``: for how many hours, days and so on one backup each is kept."""

    hourly: int = 24
    daily: int = 7
    weekly: int = 5
    monthly: int = 12
    yearly: int = 3
    keep_min_s: int = 3 * 86_400
    """Younger than this is always kept: longer than it takes to notice a loss on a weekend."""


def settings_of(configuration: Configuration) -> RetentionSettings:
    """Read the table; what is not said has its default.

    Raises:
        ConfigurationError: it says something that is not known, or no whole number.
    """
    written, path = configuration.retention, configuration.path
    for name, value in written.items():
        if name not in {one.name for one in fields(RetentionSettings)}:
            what = f"has a setting that is not known: {name}"
        elif type(value) is not int or value < 0:
            what = f"says {name} = {value!r}, which is not a whole number from 0 on"
        else:
            continue
        raise ConfigurationError(f"[retention] in {path} {what}.", next_step=f"edit {path}")
    return RetentionSettings(**written)
