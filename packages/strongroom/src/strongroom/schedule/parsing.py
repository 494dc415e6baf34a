"""Schedules as people write them."""

from __future__ import annotations

import re
from datetime import time
from zoneinfo import ZoneInfo

from strongroom.schedule.times import Daily, Every, Quiet, Schedule, Weekly

AFTER_EACH_BACKUP = "after each backup"
NEVER = "never"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FORMS = '"daily at 02:30", "weekly on Sunday at 04:00" or "every 6 h"'

_DAILY = re.compile(r"daily at (\d{1,2}):(\d{2})")
_WEEKLY = re.compile(r"weekly on (\w+) at (\d{1,2}):(\d{2})")
_EVERY = re.compile(r"every (\d{1,5}) ?(min|h|d)")
_QUIET = re.compile(r"(\d{1,2}):(\d{2}) ?- ?(\d{1,2}):(\d{2})")
_UNITS_S = {"min": 60, "h": 3_600, "d": 86_400}


def schedule_from(text: str, zone: ZoneInfo) -> Schedule:
    """Understand a schedule.

    Raises:
        ValueError: it is none of the forms, or names a time that no clock shows.
    """
    plain = " ".join(text.lower().split())
    if matched := _DAILY.fullmatch(plain):
        return Daily(_time(*matched.groups()), zone)
    if (matched := _WEEKLY.fullmatch(plain)) and matched[1] in WEEKDAYS:
        return Weekly(WEEKDAYS.index(matched[1]), _time(matched[2], matched[3]), zone)
    if (matched := _EVERY.fullmatch(plain)) and int(matched[1]):
        return Every(int(matched[1]) * _UNITS_S[matched[2]])
    raise ValueError(f"{text!r} is no schedule: write {FORMS}")


def quiet_from(text: str) -> Quiet:
    """Understand a quiet window: ``07:00-09:00``, or ``22:00-06:00``.

    Raises:
        ValueError: it is none, or begins when it ends.
    """
    matched = _QUIET.fullmatch(text.strip())
    if matched is None:
        raise ValueError(f'{text!r} is no quiet time: write "07:00-09:00"')
    window = Quiet(_time(matched[1], matched[2]), _time(matched[3], matched[4]))
    if window.start == window.end:
        raise ValueError(f"the quiet time {text!r} begins when it ends")
    return window


def _time(hour: str, minute: str) -> time:
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError(f"{hour}:{minute} is no time of a day") from error
