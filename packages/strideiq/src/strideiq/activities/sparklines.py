"""How fast a whole activity went, as a line that fits into a table's cell."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.activities import streams as codec
from strideiq.activities.measures import Floats
from strideiq.activities.models import ActivityStream

POINTS = 30
WIDTH, HEIGHT = 96.0, 24.0
RANGE_MIN = 0.35
"""The line's height stands for at least this share of the middle speed: a steady run is flat."""
CHANNELS = ("time_s", "distance_m")


def sparklines(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The points of an SVG polyline (96 by 24) for each activity that has distances, in one query.

    Fast is up; the x axis is time.
    """
    coarsest = (
        select(ActivityStream.activity_id, func.max(ActivityStream.level).label("level"))
        .where(
            ActivityStream.athlete_id == athlete_id,
            ActivityStream.activity_id.in_(activity_ids),
            ActivityStream.channel == CHANNELS[0],
        )
        .group_by(ActivityStream.activity_id)
        .subquery()
    )
    rows = session.execute(
        select(ActivityStream.activity_id, ActivityStream.channel, ActivityStream.content)
        .join(
            coarsest,
            (coarsest.c.activity_id == ActivityStream.activity_id)
            & (coarsest.c.level == ActivityStream.level),
        )
        .where(ActivityStream.athlete_id == athlete_id, ActivityStream.channel.in_(CHANNELS))
    )
    found: dict[UUID, dict[str, Floats]] = {}
    for activity_id, channel, content in rows:
        found.setdefault(activity_id, {})[channel] = codec.decode(channel, content)
    lines = {
        activity_id: polyline(channels["time_s"], channels["distance_m"])
        for activity_id, channels in found.items()
        if len(channels) == len(CHANNELS)
    }
    return {activity_id: line for activity_id, line in lines.items() if line}


def polyline(time_s: Floats, distance_m: Floats) -> str | None:
    """The points of the line through the speeds of equal lengths of time; None without any."""
    known = np.isfinite(time_s) & np.isfinite(distance_m)
    if known.sum() < POINTS:
        return None
    time_s, distance_m = time_s[known], distance_m[known]
    edges = np.linspace(time_s[0], time_s[-1], POINTS + 1)
    speed = np.diff(np.interp(edges, time_s, distance_m)) / np.diff(edges)
    middle = float(np.median(speed))
    if not middle > 0:
        return None
    low, high = np.percentile(speed, [3, 97])
    half = max(high - low, RANGE_MIN * middle) / 2
    centre = (low + high) / 2
    share = np.clip((speed - centre) / half, -1, 1)
    x = np.linspace(1, WIDTH - 1, POINTS)
    y = HEIGHT / 2 - share * (HEIGHT / 2 - 2)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
