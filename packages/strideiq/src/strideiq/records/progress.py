"""How a best came down: each that stood, for how long, and what beat it; and the same drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from strideiq.platform.formats import duration_text
from strideiq.records.bests import PersonalBest, RecordedEffort

WIDTH, HEIGHT, LEFT, BOTTOM = 900.0, 300.0, 64.0, 30.0
SHOWN_SHARE = 1.25
"""Efforts slower than this share of the best are no part of the picture."""
TICKS = 4
YEARS_NAMED_MAX = 6
"""As many names of years stand side by side on a phone."""


@dataclass(frozen=True)
class Stood:
    """A best, by how much it beat the one before, and how many days it stood."""

    effort: RecordedEffort
    gained_s: float | None
    days: int
    still: bool


@dataclass(frozen=True)
class Picture:
    """Times over the years: fast is up."""

    line: str
    bests: list[tuple[float, float]]
    others: list[tuple[float, float]]
    times: list[tuple[float, str]]
    years: list[tuple[float, str]]


def progression(best: PersonalBest, now: datetime) -> list[Stood]:
    """Every best that ever stood, the one that still does first."""
    steps = [best.best, *best.former]
    found = []
    ends = now
    for place, effort in enumerate(steps):
        before = steps[place + 1] if place + 1 < len(steps) else None
        found.append(
            Stood(
                effort=effort,
                gained_s=before.elapsed_s - effort.elapsed_s if before else None,
                days=(ends - effort.achieved_at).days,
                still=place == 0,
            )
        )
        ends = effort.achieved_at
    return found


def picture(best: PersonalBest, others: Sequence[tuple[datetime, float]], now: datetime) -> Picture:
    """The bests as a line that steps up, and every other effort as a point."""
    steps = [*best.former[::-1], best.best]
    near = [(at, time) for at, time in others if time <= best.best.elapsed_s * SHOWN_SHARE]
    first = min([steps[0].achieved_at, *(at for at, _ in near)])
    slowest = max([steps[0].elapsed_s, *(time for _, time in near)])
    fastest = best.best.elapsed_s
    span_s = max((now - first).total_seconds(), 1.0)
    margin = max((slowest - fastest) * 0.08, fastest * 0.01)

    def x(at: datetime) -> float:
        share = (at - first).total_seconds() / span_s
        return round(LEFT + share * (WIDTH - LEFT - 12), 1)

    def y(time_s: float) -> float:
        share = (time_s - fastest + margin) / (slowest - fastest + 2 * margin)
        return round(8 + share * (HEIGHT - BOTTOM - 8), 1)

    line = f"M{x(steps[0].achieved_at)} {y(steps[0].elapsed_s)}" + "".join(
        f"H{x(one.achieved_at)}V{y(one.elapsed_s)}" for one in steps[1:]
    )
    passed = now.year - first.year
    years = range(now.year, first.year, -max(1, -(-passed // YEARS_NAMED_MAX)))
    marks = [fastest + (slowest - fastest) * n / TICKS for n in range(TICKS + 1)]
    return Picture(
        line=line + f"H{WIDTH - 12}",
        bests=[(x(one.achieved_at), y(one.elapsed_s)) for one in steps],
        others=[(x(at), y(time)) for at, time in near],
        times=[
            (y(time), duration_text(time)) for time in (marks if slowest > fastest else marks[:1])
        ],
        years=[(x(first.replace(year=year, month=1, day=1)), str(year)) for year in years],
    )
