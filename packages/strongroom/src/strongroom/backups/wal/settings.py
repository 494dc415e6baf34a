"""Whether and how the log is kept: the table ``[wal]`` of a configuration."""

from __future__ import annotations

from dataclasses import dataclass

from strongroom.config import Configuration, unusable


@dataclass(frozen=True)
class LogSettings:
    """What ``[wal]`` says."""

    keep: bool = False
    """Whether the watcher stores the log as it is written."""
    flush_s: float = 10.0
    """What the server has written is stored at most so much later."""
    behind_alert_s: float = 300.0
    """From so many seconds that would be lost on, somebody is told."""


def log_settings(configuration: Configuration) -> LogSettings:
    """Read the table.

    Raises:
        ConfigurationError: it says something that is not known.
    """
    written = configuration.wal
    if unknown := written.keys() - {"keep", "flush_s", "behind_alert_s"}:
        raise unusable(configuration.path, f"wal.{min(unknown)} is not known")
    keep = written.get("keep", False)
    if not isinstance(keep, bool):
        raise unusable(configuration.path, f"wal.keep is {keep!r}: use true or false")
    seconds = {}
    for name in ("flush_s", "behind_alert_s"):
        value = written.get(name, getattr(LogSettings, name))
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise unusable(configuration.path, f"wal.{name} is {value!r}: use seconds, above 0")
        seconds[name] = float(value)
    return LogSettings(keep, **seconds)
