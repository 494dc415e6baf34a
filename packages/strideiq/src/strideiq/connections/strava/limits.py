"""Strava's limits: so many requests in a quarter of an hour, so many in a day, for a whole server.

Windows are those of the clock: quarters of the hour, and days of UTC. Each answer tells limits and
usage, once over all and once for reading (``X-ReadRateLimit-*``), as ``quarter,day``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

QUARTER = timedelta(minutes=15)
AFTER = timedelta(seconds=2)
"""How long after a window's end the next one is trusted to have begun there, too."""
BACKGROUND_SHARE = 0.9
"""What may wait leaves the rest of each window to what is new."""


@dataclass(frozen=True)
class Window:
    """One limit, how much of it is used, and when it begins anew by our own clock."""

    used: int
    limit: int
    ends_at: datetime

    def full(self, share: float = 1.0) -> bool:
        """Whether a share of it is used up."""
        return self.used >= share * self.limit


def windows(headers: Mapping[str, str], now: datetime) -> list[Window]:
    """The windows that an answer tells of, by our clock; what cannot be read is left out."""
    theirs = _their_time(headers) or now
    quarter = _next_quarter(theirs)
    midnight = (theirs + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for kind in ("x-ratelimit", "x-readratelimit"):
        limits, used = _pair(headers, f"{kind}-limit"), _pair(headers, f"{kind}-usage")
        for limit, usage, end in zip(limits, used, (quarter, midnight), strict=False):
            found.append(Window(usage, limit, now + (end - theirs) + AFTER))
    return found


def full_until(found: list[Window], share: float = 1.0) -> datetime | None:
    """When every window that is used up to a share has begun anew; None when none is."""
    return max((window.ends_at for window in found if window.full(share)), default=None)


def refused_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When to ask again after 429: when what is full has ended, else at the next quarter."""
    theirs = _their_time(headers) or now
    return full_until(windows(headers, now)) or now + (_next_quarter(theirs) - theirs) + AFTER


def _next_quarter(moment: datetime) -> datetime:
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour + ((moment - hour) // QUARTER + 1) * QUARTER


def _pair(headers: Mapping[str, str], name: str) -> list[int]:
    parts = headers.get(name, "").split(",")
    try:
        return [int(part) for part in parts] if len(parts) == 2 else []  # noqa: PLR2004  quarter, day
    except ValueError:
        return []


def _their_time(headers: Mapping[str, str]) -> datetime | None:
    """The service's own clock, by which its windows end; ours may be wrong."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
