"""``[schedule]`` of strongroom.toml: what runs when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError
from strongroom.schedule.parsing import AFTER_EACH_BACKUP, NEVER, quiet_from, schedule_from
from strongroom.schedule.times import Quiet, Schedule, covers_the_day, permitted

BACKUP = "daily at 02:30"
LOOK_S = 3_600
_KNOWN = {"backup", "drill", "prune", "time_zone", "jitter_s", "quiet", "metrics_port", "look_s"}
_PORTS = range(1 << 16)


@dataclass(frozen=True)
class ScheduleSettings:
    """What a configuration says of scheduled work."""

    backup: Schedule
    drill: Schedule | None
    """None stands for after each backup."""
    zone: ZoneInfo
    prune: bool = False
    """Whether what retention lets go is removed after each backup that went well."""
    jitter_s: float = 0.0
    """A slot begins up to so much later, always the same for the same slot and database."""
    quiet: tuple[Quiet, ...] = ()
    metrics_port: int | None = None
    look_s: float = LOOK_S
    """How often the conditions are looked at between runs."""
    name: str = ""
    """Of the database, so that several do not begin at once."""

    def due_at(self, slot: datetime) -> datetime:
        """When the work of a slot begins: jitter and quiet times make it later, never earlier."""
        seed = hashlib.sha256(f"{self.name}\0{slot.isoformat()}".encode()).digest()
        share = int.from_bytes(seed[:4], "big") / 2**32
        return self.permitted(slot + timedelta(seconds=share * self.jitter_s))

    def permitted(self, moment: datetime) -> datetime:
        """The first moment from this one on in which anything may begin."""
        return permitted(moment, self.quiet, self.zone)


def settings_of(configuration: Configuration) -> ScheduleSettings:
    """Read the table; what is not said has its default.

    Raises:
        ConfigurationError: it says something that is not known, or cannot be kept.
    """
    written = configuration.schedule
    if unknown := written.keys() - _KNOWN:
        raise _wrong(configuration, f"it has a setting that is not known: {min(unknown)}")
    try:
        return _settings(configuration, written)
    except ValueError as error:
        raise _wrong(configuration, str(error)) from error


def _settings(configuration: Configuration, written: Mapping[str, Any]) -> ScheduleSettings:
    zone = _zone(_text(written, "time_zone", "UTC"))
    drill = _text(written, "drill", AFTER_EACH_BACKUP)
    prune = _text(written, "prune", NEVER)
    if prune not in (NEVER, AFTER_EACH_BACKUP):
        raise ValueError(f"prune must be {NEVER!r} or {AFTER_EACH_BACKUP!r}")
    windows = written.get("quiet", [])
    if not isinstance(windows, list) or not all(isinstance(one, str) for one in windows):
        raise ValueError("quiet must be a list of texts")
    quiet = tuple(quiet_from(one) for one in windows)
    if covers_the_day(quiet):
        raise ValueError("the quiet times leave no time in which anything could begin")
    port = written.get("metrics_port")
    if port is not None and (type(port) is not int or port not in _PORTS):
        raise ValueError("metrics_port must be the number of a port")
    return ScheduleSettings(
        backup=schedule_from(_text(written, "backup", BACKUP), zone),
        drill=None if drill == AFTER_EACH_BACKUP else schedule_from(drill, zone),
        zone=zone,
        prune=prune == AFTER_EACH_BACKUP,
        jitter_s=_seconds(written, "jitter_s", 0, least=0),
        quiet=quiet,
        metrics_port=port,
        look_s=_seconds(written, "look_s", LOOK_S, least=1),
        name=f"{configuration.application}/{configuration.environment}/{configuration.key}",
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone: write Europe/Vienna, for example") from error
    except LookupError as error:
        raise ValueError(
            f"the time zone {name!r} is not known here: correct it, or pip install tzdata"
        ) from error


def _text(written: Mapping[str, Any], name: str, default: str) -> str:
    value = written.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text")  # noqa: TRY004  all become one error
    return value


def _seconds(written: Mapping[str, Any], name: str, default: float, *, least: float) -> float:
    value = written.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
        raise ValueError(f"{name} must be a number of seconds, at least {least:g}")
    return float(value)


def _wrong(configuration: Configuration, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"[schedule] in {configuration.path} cannot be used: {what}.",
        next_step=f"edit {configuration.path}",
    )
