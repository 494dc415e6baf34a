"""Schedules as pure objects: which moments they name, in UTC, across every change of the clock.

A *slot* is a moment that a schedule names. Moments in and out are aware, and out in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Protocol
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)
_ROUNDS_MAX = 48
"""How many quiet windows may follow one another."""


class Schedule(Protocol):
    """Names moments."""

    def next_after(self, moment: datetime) -> datetime:
        """The first slot that is later than a moment."""

    def latest_until(self, moment: datetime) -> datetime:
        """The last slot that is not later than a moment."""


@dataclass(frozen=True)
class Daily:
    """Once on every day of a zone: ``daily at 02:30``.

    A time that the clock leaves out comes as much later as the clock was put forward; of one
    that comes twice it is the first.
    """

    at: time
    zone: ZoneInfo

    def next_after(self, moment: datetime) -> datetime:
        """The first slot that is later than a moment."""
        return min(slot for slot in self._around(moment) if slot > moment)

    def latest_until(self, moment: datetime) -> datetime:
        """The last slot that is not later than a moment."""
        return max(slot for slot in self._around(moment) if slot <= moment)

    def _around(self, moment: datetime) -> Iterator[datetime]:
        today = moment.astimezone(self.zone).date()
        for days in range(-2, 3):
            yield _instant(today + timedelta(days=days), self.at, self.zone)


@dataclass(frozen=True)
class Weekly:
    """Once in every week of a zone: ``weekly on Sunday at 04:00``; Monday is 0."""

    weekday: int
    at: time
    zone: ZoneInfo

    def next_after(self, moment: datetime) -> datetime:
        """The first slot that is later than a moment."""
        return min(slot for slot in self._around(moment) if slot > moment)

    def latest_until(self, moment: datetime) -> datetime:
        """The last slot that is not later than a moment."""
        return max(slot for slot in self._around(moment) if slot <= moment)

    def _around(self, moment: datetime) -> Iterator[datetime]:
        today = moment.astimezone(self.zone).date()
        monday = today - timedelta(days=today.weekday())
        for weeks in range(-2, 3):
            day = monday + timedelta(weeks=weeks, days=self.weekday)
            yield _instant(day, self.at, self.zone)


@dataclass(frozen=True)
class Every:
    """At equal distances, counted in UTC: ``every 6 h`` is at 00:00, 06:00, 12:00 and 18:00."""

    period_s: int

    def next_after(self, moment: datetime) -> datetime:
        """The first slot that is later than a moment."""
        return self.latest_until(moment) + timedelta(seconds=self.period_s)

    def latest_until(self, moment: datetime) -> datetime:
        """The last slot that is not later than a moment."""
        period = timedelta(seconds=self.period_s)
        return EPOCH + (moment - EPOCH) // period * period


@dataclass(frozen=True)
class Quiet:
    """A time of day, every day, in which nothing is begun; it may go past midnight."""

    start: time
    end: time

    def ends(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When the window ends that a moment lies in; None where it lies in none."""
        local = moment.astimezone(zone)
        now = local.time()
        if self.start < self.end:
            inside, day = self.start <= now < self.end, local.date()
        else:
            inside = now >= self.start or now < self.end
            day = local.date() + timedelta(days=now >= self.start)
        if not inside:
            return None
        end = datetime.combine(day, self.end, tzinfo=zone)
        # Where the clock is put back, the window ends with the hour that comes second.
        candidates = (end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        return max(*candidates, moment.astimezone(UTC) + _STEP)


def permitted(moment: datetime, quiet: Sequence[Quiet], zone: ZoneInfo) -> datetime:
    """The first moment from this one on that lies in no quiet window."""
    found = moment.astimezone(UTC)
    for _ in range(_ROUNDS_MAX):
        ends = [end for window in quiet if (end := window.ends(found, zone)) is not None]
        if not ends:
            break
        found = max(ends)
    return found


def covers_the_day(quiet: Iterable[Quiet]) -> bool:
    """Whether quiet windows leave no minute of a day in which anything could begin."""
    windows = list(quiet)
    return all(
        any(_contains(window, time(minute // 60, minute % 60)) for window in windows)
        for minute in range(24 * 60)
    )


def missed(schedule: Schedule, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every slot later than ``since`` and not later than ``until``, oldest first."""

    def following() -> Iterator[datetime]:
        slot = since
        while True:
            slot = schedule.next_after(slot)
            yield slot

    return takewhile(lambda slot: slot <= until, following())


def _contains(window: Quiet, at: time) -> bool:
    if window.start < window.end:
        return window.start <= at < window.end
    return at >= window.start or at < window.end


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
