"""At which times another scheduler has to call ``strongroom watch --once``.

A call too many does no harm, for ``--once`` looks by itself at what is due; one too few would.
So where another scheduler cannot say a schedule exactly, it is said more often.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from strongroom.schedule.parsing import WEEKDAYS
from strongroom.schedule.settings import ScheduleSettings
from strongroom.schedule.times import Daily, Every, Schedule, Weekly

QUARTER_MIN = 15
"""The offset of every zone from UTC is a multiple of it."""
EVERY_HOUR = tuple(range(24))
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


@dataclass(frozen=True)
class Firing:
    """Times at which to call: each hour with each minute, in a zone."""

    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    zone: str
    weekday: int | None = None
    """None stands for every day; Monday is 0."""


def firings(settings: ScheduleSettings) -> list[Firing]:
    """When to call for each schedule, and when each quiet time ends, as what waited is due then."""
    schedules = [settings.backup, *([settings.drill] if settings.drill else [])]
    found = [_firing(one) for one in schedules]
    found += [_at(window.end, str(settings.zone)) for window in settings.quiet]
    return list(dict.fromkeys(found))


def zoned_cron_fields(settings: ScheduleSettings) -> tuple[str, str]:
    """The five fields of a cron line, and the zone that they are meant in."""
    several = firings(settings)
    zones = {one.zone for one in several}
    if len(zones) > 1:
        return cron_fields(settings), "Etc/UTC"
    minutes = {minute for one in several for minute in one.minutes}
    hours = {hour for one in several for hour in one.hours}
    weekdays = {one.weekday for one in several}
    days = "*"
    if None not in weekdays:  # cron counts from Sunday
        days = _listed((day + 1) % 7 for day in weekdays if day is not None)
    hour = "*" if len(hours) == len(EVERY_HOUR) else _listed(hours)
    zone = zones.pop()
    return f"{_listed(minutes)} {hour} * * {days}", "Etc/UTC" if zone == "UTC" else zone


def cron_fields(settings: ScheduleSettings) -> str:
    """The five fields of a line for a cron that knows no zone but its machine's.

    It calls in every hour and quarter at the minutes at which something is planned, which is
    right in every zone.
    """
    minutes = {
        (minute + offset) % 60
        for one in firings(settings)
        for minute in one.minutes
        for offset in range(0, 60, QUARTER_MIN)
    }
    return f"{_listed(minutes)} * * * *"


def calendar_lines(settings: ScheduleSettings) -> list[str]:
    """Each firing as a calendar event of systemd."""
    lines = []
    for one in firings(settings):
        day = f"{WEEKDAYS[one.weekday][:3].capitalize()} " if one.weekday is not None else ""
        hours = "*" if one.hours == EVERY_HOUR else _listed(one.hours, two=True)
        lines.append(f"{day}*-*-* {hours}:{_listed(one.minutes, two=True)}:00 {one.zone}")
    return lines


def _firing(schedule: Schedule) -> Firing:
    if isinstance(schedule, Daily):
        return _at(schedule.at, str(schedule.zone))
    if isinstance(schedule, Weekly):
        return _at(schedule.at, str(schedule.zone), schedule.weekday)
    period_s = schedule.period_s if isinstance(schedule, Every) else _MINUTE_S
    if period_s % _DAY_S == 0:
        return _at(time(), "UTC")
    if _DAY_S % period_s == 0 and period_s % _HOUR_S == 0:
        return Firing(tuple(range(0, 24, period_s // _HOUR_S)), (0,), "UTC")
    if period_s % _HOUR_S == 0:
        return Firing(EVERY_HOUR, (0,), "UTC")
    step_min = period_s // _MINUTE_S if _HOUR_S % period_s == 0 else 1
    return Firing(EVERY_HOUR, tuple(range(0, 60, step_min)), "UTC")


def _at(moment: time, zone: str, weekday: int | None = None) -> Firing:
    return Firing((moment.hour,), (moment.minute,), zone, weekday)


def _listed(numbers: Iterable[int], *, two: bool = False) -> str:
    return ",".join(f"{number:02}" if two else str(number) for number in sorted(numbers))
