"""The weeks until a race: their phases, and which of them are lighter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from strideiq.training.planning.goals import Demands
from strideiq.training.planning.request import WEEK_DAYS, Request, monday_of

Phase = Literal["base", "build", "peak", "taper"]

RECOVERY_EVERY = {"new": 3, "regular": 4, "experienced": 4}
"""Every how many weeks one is lighter, by experience."""

BASE_SHARE, BUILD_SHARE = 0.40, 0.35
"""Of the weeks before the taper; the rest is the peak."""


@dataclass(frozen=True)
class WeekFrame:
    """A week before anything is planned in it."""

    number: int
    """From 1."""
    monday: date
    phase: Phase
    phase_week: int
    """Which week of its phase it is, from 0."""
    recovery: bool
    open_days: tuple[date, ...]
    usual_days: int
    """How many days a week has when nothing stands in the way."""
    taper_left: int
    """Weeks until the race's week; only told within the taper."""

    @property
    def share(self) -> float:
        """Which part of a usual week there is."""
        return min(1.0, len(self.open_days) / self.usual_days)


def frames(request: Request, demands: Demands) -> list[WeekFrame]:
    """The weeks from the first with a day to run on, to the race's own."""
    first = monday_of(request.start_day)
    last = monday_of(request.race_day)
    if first < last and not request.open_days(first):
        first += timedelta(days=WEEK_DAYS)
    count = (last - first).days // WEEK_DAYS + 1
    taper = min(demands.taper_weeks, max(1, count // 3))
    phases = _phases(count, taper)
    every = RECOVERY_EVERY[request.experience]
    found = []
    for position, phase in enumerate(phases):
        monday = first + timedelta(weeks=position)
        before_taper = count - taper - position
        found.append(
            WeekFrame(
                number=position + 1,
                monday=monday,
                phase=phase,
                phase_week=position - phases.index(phase),
                recovery=phase != "taper" and position > 0 and before_taper % every == 0,
                open_days=tuple(request.open_days(monday)),
                usual_days=len(request.weekdays),
                taper_left=count - 1 - position if phase == "taper" else 0,
            )
        )
    return found


def _phases(count: int, taper: int) -> list[Phase]:
    before = count - taper
    base = max(1, round(before * BASE_SHARE)) if before else 0
    build = min(before - base, max(1, round(before * BUILD_SHARE)))
    peak = before - base - build
    whole: list[tuple[Phase, int]] = [
        ("base", base),
        ("build", build),
        ("peak", peak),
        ("taper", taper),
    ]
    return [phase for phase, weeks in whole for _ in range(weeks)]
