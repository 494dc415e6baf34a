"""Which days of a week get the long run, the fast sessions and the easy runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from strideiq.training.planning.request import WEEK_DAYS

HARD_GAP_DAYS = 2
"""From one hard day to the next: at least one easy or free day lies between."""

LAST_LONG_DAYS, LAST_FAST_DAYS = 7, 4
"""How many days before the race the last long run and the last fast session are."""


@dataclass(frozen=True)
class Layout:
    """The days of one week by what they are for."""

    long: date | None
    fast: tuple[date, ...]
    easy: tuple[date, ...]

    @property
    def hard(self) -> tuple[date, ...]:
        """The days that need rest around them."""
        return (*self.fast, *((self.long,) if self.long else ()))


@dataclass(frozen=True)
class Wish:
    """What a week shall hold, and what stands around it."""

    open_days: Sequence[date]
    runs: int
    fast: int
    long_weekday: int
    hard_before: Sequence[date]
    """The hard days of the week before."""
    race_day: date


def lay_out(wish: Wish) -> Layout:
    """Place the runs; what cannot be placed with rest around it is left out or made easy."""
    runs = min(wish.runs, len(wish.open_days))
    long = _long_day(wish) if runs else None
    fixed = list(wish.hard_before) + ([long] if long else [])
    fast = _fast_days(wish, long, fixed, min(wish.fast, runs - (long is not None)))
    taken = [*fast, *([long] if long else [])]
    easy = _easy_days(wish.open_days, taken, runs - len(taken), wish.race_day)
    return Layout(long, fast, tuple(easy))


def apart(day: date, others: Iterable[date], days: int = HARD_GAP_DAYS) -> bool:
    """Whether a day is at least so many days from each of the others."""
    return all(abs((day - other).days) >= days for other in others)


def _long_day(wish: Wish) -> date | None:
    """The wished weekday, else the last day that has rest before it."""
    possible = [
        day
        for day in wish.open_days
        if apart(day, wish.hard_before) and (wish.race_day - day).days >= LAST_LONG_DAYS
    ]
    wished = [day for day in possible if day.weekday() == wish.long_weekday]
    return next(iter(wished or possible[-1:]), None)


def _fast_days(
    wish: Wish, long: date | None, fixed: Sequence[date], count: int
) -> tuple[date, ...]:
    next_long = _next_long(wish)
    possible = [
        day
        for day in wish.open_days
        if day != long
        and apart(day, [*fixed, *next_long])
        and (wish.race_day - day).days >= LAST_FAST_DAYS
    ]
    for size in range(max(0, min(count, len(possible))), 0, -1):
        sets = [
            days
            for days in combinations(possible, size)
            if all(apart(day, [other for other in days if other != day]) for day in days)
        ]
        if sets:
            return max(sets, key=lambda days: _room(days, [*fixed, *next_long]))
    return ()


def _next_long(wish: Wish) -> list[date]:
    """The long run of the week after, which needs rest before it as well."""
    monday = wish.open_days[0] - timedelta(days=wish.open_days[0].weekday())
    return [monday + timedelta(days=WEEK_DAYS + wish.long_weekday)]


def _room(days: Sequence[date], around: Sequence[date]) -> tuple[int, int]:
    """How well a set of days is spread: its smallest gap, then all gaps together."""
    gaps = [abs((a - b).days) for a, b in combinations([*days, *around], 2)]
    return (min(gaps, default=WEEK_DAYS), sum(min(gap, WEEK_DAYS) for gap in gaps))


def _easy_days(
    open_days: Sequence[date], taken: Sequence[date], count: int, race_day: date
) -> list[date]:
    """The days farthest from what is planned already, one after the other; then in order."""
    chosen: list[date] = []
    free = [day for day in open_days if day not in taken]
    for _ in range(max(0, min(count, len(free)))):
        around = [*taken, *chosen, race_day]
        best = max(free, key=lambda day: (min(abs((day - other).days) for other in around), day))
        chosen.append(best)
        free.remove(best)
    return sorted(chosen)
