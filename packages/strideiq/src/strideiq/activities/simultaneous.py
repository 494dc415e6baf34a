"""Activities at the same time of which nobody has said yet whether they are one or two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, cast, exists, func, select
from sqlalchemy.orm import Session

from strideiq.activities import merging, views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.models import ActivityObservation
from strideiq.activities.observations import LENGTH_MAX

SHARE_MIN = 0.5
"""The part of the shorter one's time that both must cover to be suggested."""

Span = tuple[UUID, datetime, float]
"""An activity, its start and its length in seconds."""


def undecided_pairs(
    session: Session, athlete_id: UUID, limit: int
) -> list[tuple[ActivityView, ActivityView]]:
    """Pairs that may be one activity, newest first; the one that began first stands first."""
    shown = views.visible(athlete_id)
    rows = session.execute(
        select(shown.c.activity_id, shown.c.started_at, shown.c.elapsed_s).order_by(
            shown.c.started_at, shown.c.activity_id
        )
    )
    decided = merging.decisions(session, athlete_id)
    pairs = [
        pair
        for pair in overlapping_pairs([(one, start, length) for one, start, length in rows])
        if decided.get(frozenset(pair)) != "apart"
    ]
    return [
        (
            views.activity(session, athlete_id, first),
            views.activity(session, athlete_id, second),
        )
        for first, second in pairs[::-1][:limit]
    ]


def spans_with_neighbours(
    session: Session, athlete_id: UUID, spans: Sequence[tuple[datetime, datetime]]
) -> list[int]:
    """The places of those spans at some time of which a source observed anything.

    As ``observed_near`` looks for them: by what sources say, of whatever became of the activity.
    """
    if not spans:
        return []
    begins, ends = ([span[which] for span in spans] for which in (0, 1))
    asked = (
        func.unnest(
            cast(begins, ARRAY(DateTime(timezone=True))), cast(ends, ARRAY(DateTime(timezone=True)))
        )
        .table_valued("begins", "ends", with_ordinality="number")
        .render_derived()
    )
    there = exists().where(
        ActivityObservation.athlete_id == athlete_id,
        ActivityObservation.started_at.between(asked.c.begins - LENGTH_MAX, asked.c.ends),
        ActivityObservation.started_at + ActivityObservation.elapsed_s * timedelta(seconds=1)
        >= asked.c.begins,
    )
    return [number - 1 for number in session.scalars(select(asked.c.number).where(there))]


def overlapping_pairs(spans: Sequence[Span]) -> Iterator[tuple[UUID, UUID]]:
    """Pairs of which each covers a good part of the shorter one; ``spans`` by their starts."""
    going_on: list[Span] = []
    for span in spans:
        activity_id, started_at, length_s = span
        going_on = [each for each in going_on if _end(each) > started_at]
        for each in going_on:
            common_s = (min(_end(each), _end(span)) - started_at).total_seconds()
            shorter_s = min(each[2], length_s)
            if shorter_s > 0 and common_s >= SHARE_MIN * shorter_s:
                yield each[0], activity_id
        going_on.append(span)


def _end(span: Span) -> datetime:
    return span[1] + timedelta(seconds=span[2])
