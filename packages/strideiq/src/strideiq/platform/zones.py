"""The names of time zones that a clock can be told by."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

NO_PLACE = frozenset({"localtime", "Factory", "posixrules"})
"""Names that Python's list may hold, and that are this computer's or nobody's clock: no database
need know them, and one page that asks by them would be none."""


@cache
def zone_names() -> frozenset[str]:
    """Every name, such as ``Europe/Vienna``."""
    return frozenset(available_timezones()) - NO_PLACE
