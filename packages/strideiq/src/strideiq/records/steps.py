"""The history of a personal best as a line that steps down: an inline picture."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.platform.dates import dated
from strideiq.platform.language import gettext as _
from strideiq.records.bests import PersonalBest

WIDTH, HEIGHT, MARGIN = 160, 36, 4


@dataclass(frozen=True)
class Staircase:
    """The path of the line, its last point, and the same in words."""

    path: str
    end: tuple[float, float]
    words: str


def staircase(best: PersonalBest, own_zone: str) -> Staircase | None:
    """A step at each former best, from the first to the newest; None when there is only one.

    The zone is the athlete's own.
    """
    efforts = [*best.former[::-1], best.best]
    if len(efforts) == 1:
        return None
    first, last = efforts[0], efforts[-1]
    span_s = (last.achieved_at - first.achieved_at).total_seconds() or 1.0
    gained_s = first.elapsed_s - last.elapsed_s
    points = [
        (
            MARGIN
            + (WIDTH - 2 * MARGIN)
            * (each.achieved_at - first.achieved_at).total_seconds()
            / span_s,
            MARGIN + (HEIGHT - 2 * MARGIN) * (first.elapsed_s - each.elapsed_s) / gained_s,
        )
        for each in efforts
    ]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}" + "".join(
        f"H{x:.1f}V{y:.1f}" for x, y in points[1:]
    )
    words = _("bests so far: %(count)s; %(gained)s s faster than %(month)s") % {
        "count": len(efforts),
        "gained": f"{gained_s:.0f}",
        "month": dated(first.run.day(own_zone), "%B %Y"),
    }
    return Staircase(path, points[-1], words)
