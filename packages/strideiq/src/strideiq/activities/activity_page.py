"""All that the page of one activity shows, put together from its samples and splits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from strideiq.activities import charts, lent, privacy, views
from strideiq.activities import streams as codec
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.analysis import Analysis, IntervalView, analyse
from strideiq.activities.intensity import Intensity, asked, intensity
from strideiq.activities.measures import Floats
from strideiq.activities.models import Activity
from strideiq.activities.views import SplitView
from strideiq.activities.zone_rows import ZoneRow, rows_of
from strideiq.platform.formats import Formats

SPLITS_SHOWN_MIN = 2
SPLIT_KINDS = ("km", "mile")


@dataclass(frozen=True)
class Bar:
    """A split with the length of its bar: the fastest has 100, standing would have 0."""

    split: SplitView
    length: float
    fastest: bool
    work: bool = True
    """Of an interval: whether it is a fast one."""


@dataclass(frozen=True)
class Surroundings:
    """The activities before and after one, in time."""

    older: UUID | None
    newer: UUID | None


@dataclass(frozen=True)
class ActivityPage:
    """What the template of one activity shows of its course."""

    data: str | None
    """The document that charts and track draw from, as JSON."""
    has_track: bool
    hidden: bool
    split_kind: str
    splits: list[Bar]
    laps: list[Bar]
    intervals: list[Bar]
    analysis: Analysis
    heart_zones: list[ZoneRow]
    pace_zones: list[ZoneRow]
    around: Surroundings


def activity_page(
    session: Session,
    athlete_id: UUID,
    activity: ActivityView,
    shown: Formats,
    *,
    split_kind: str | None = None,
    whole: bool = False,
) -> ActivityPage:
    """Everything for the page; ``whole`` shows what the athlete hides from others."""
    if activity.lender is not None:
        return _lent_page(session, athlete_id, activity, shown, whole=whole)
    around, zones, hides = _surroundings(session, athlete_id, activity)
    streams = privacy.shown_streams(
        session, athlete_id, activity.activity_id, whole=whole, privacy=hides
    )
    kind = split_kind if split_kind in SPLIT_KINDS else shown.split_kind
    by_kind = views.splits_of_kinds(session, athlete_id, activity.activity_id, ["lap", kind])
    laps, splits = by_kind["lap"], by_kind[kind]
    analysis = analyse(streams.channels, activity.sport, zones)
    data = course_data(streams.channels, activity.sport, shown, laps)
    return ActivityPage(
        data=data,
        has_track=data is not None and '"track":null' not in data,
        hidden=streams.hidden,
        split_kind=kind,
        splits=bars(splits) if len(splits) >= SPLITS_SHOWN_MIN else [],
        laps=bars(laps) if len(laps) >= SPLITS_SHOWN_MIN else [],
        intervals=interval_bars(analysis.intervals),
        analysis=analysis,
        heart_zones=rows_of(analysis.heart_rate, "heart", activity.sport, shown),
        pace_zones=rows_of(analysis.speed, "pace", activity.sport, shown),
        around=around,
    )


def _lent_page(
    session: Session, athlete_id: UUID, activity: ActivityView, shown: Formats, *, whole: bool
) -> ActivityPage:
    """The course of what a service lends, and nothing that would be computed from it."""
    channels = lent.streams(session, athlete_id, activity.activity_id, datetime.now(UTC))
    around, zones, hides = _surroundings(session, athlete_id, activity)
    known = all(channel in channels for channel in privacy.POSITION)
    streams = privacy.ShownStreams(channels)
    if known and not whole:
        streams = privacy.without_hidden(channels, hides)
    data = course_data(streams.channels, activity.sport, shown, [])
    return ActivityPage(
        data=data,
        has_track=data is not None and '"track":null' not in data,
        hidden=streams.hidden,
        split_kind=shown.split_kind,
        splits=[],
        laps=[],
        intervals=[],
        analysis=analyse({}, activity.sport, zones),
        heart_zones=[],
        pace_zones=[],
        around=around,
    )


def course_data(
    channels: Mapping[str, Floats], sport: str, shown: Formats, laps: list[SplitView]
) -> str | None:
    """The document that charts and track draw from, as JSON; None when there is too little."""
    data = charts.chart_data(codec.coarsest(channels), sport, shown, laps)
    return json.dumps(data, separators=(",", ":"), allow_nan=False) if data else None


def stretch(channels: Mapping[str, Floats], from_s: float, to_s: float) -> dict[str, Floats]:
    """The samples of a part of an activity, with one more at either side."""
    time_s = channels.get("time_s")
    if time_s is None:
        return {}
    inside = (time_s >= from_s) & (time_s <= to_s)
    inside[:-1] |= inside[1:].copy()
    inside[1:] |= inside[:-1].copy()
    return {name: values[inside] for name, values in channels.items()}


def _surroundings(
    session: Session, athlete_id: UUID, activity: ActivityView
) -> tuple[Surroundings, Intensity, privacy.Privacy]:
    """What is next to this one by what the sources say of their starts.

    With it, by the same query, the athlete's zones and what they hide.
    """
    position = (Activity.started_at, Activity.activity_id)
    mine = (
        Activity.athlete_id == athlete_id,
        Activity.deleted_at.is_(None),
        Activity.lender.is_(None),
    )
    here = tuple_(literal(activity.originals["started_at"]), literal(activity.activity_id))
    older = (
        select(Activity.activity_id)
        .where(*mine, tuple_(*position) < here)
        .order_by(*(column.desc() for column in position))
        .limit(1)
    )
    newer = (
        select(Activity.activity_id)
        .where(*mine, tuple_(*position) > here)
        .order_by(*position)
        .limit(1)
    )
    next_to = [each.scalar_subquery() for each in (older, newer)]
    hides, found = privacy.privacy_beside(session, athlete_id, [*next_to, *asked(athlete_id)])
    before, after, *limits = found
    return Surroundings(before, after), intensity(session, athlete_id, limits), hides


def bars(splits: list[SplitView]) -> list[Bar]:
    """Splits with bars as long as their speeds; a short last one is no fastest split."""
    speeds = [_speed(one) for one in splits]
    longest_m = max((one.distance_m for one in splits), default=0.0)
    whole = [
        speed for one, speed in zip(splits, speeds, strict=True) if one.distance_m >= longest_m / 2
    ]
    top = max(whole, default=0.0)
    if not top:
        return [Bar(one, 0.0, fastest=False) for one in splits]
    first = speeds.index(top)
    return [
        Bar(one, min(100.0, 100 * speed / top), fastest=number == first)
        for number, (one, speed) in enumerate(zip(splits, speeds, strict=True))
    ]


def interval_bars(intervals: tuple[IntervalView, ...]) -> list[Bar]:
    """Intervals and rests with bars as long as their speeds."""
    top = max((_speed(one.split) for one in intervals), default=0.0)
    return [
        Bar(one.split, 100 * _speed(one.split) / top, fastest=False, work=one.work)
        for one in intervals
        if top
    ]


def _speed(split: SplitView) -> float:
    return split.distance_m / split.elapsed_s if split.elapsed_s > 0 else 0.0
