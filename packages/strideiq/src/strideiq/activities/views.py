"""Activities as they are shown: the athlete's word where there is one, else the source's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select, tuple_
from sqlalchemy.orm import Session

from strideiq.activities import streams as codec
from strideiq.activities.activity_view import ActivityView, view_of
from strideiq.activities.annotations import no_such_activity
from strideiq.activities.measures import Floats
from strideiq.activities.models import Activity, ActivitySplit, ActivityStream
from strideiq.activities.page_models import ActivityPlace
from strideiq.activities.shown import ShownValues, newest_annotations, shown_value

LENGTH_MAX = timedelta(days=14)
"""No activity is longer, so that those of a time are found by the index on their start."""

OURS = Activity.lender.is_(None)
"""Leaves out what a service only lends (see ``loans.py``): no list, sum or analysis knows it."""

# Both sides by column, so that the planner leaves the join out where nobody asks for the place.
OF_ACTIVITY = and_(
    ActivityPlace.athlete_id == Activity.athlete_id,
    ActivityPlace.activity_id == Activity.activity_id,
)


@dataclass(frozen=True)
class SplitView:
    """A lap, or an automatic split of a kilometre or a mile."""

    number: int
    start_s: float
    elapsed_s: float
    moving_s: float
    distance_m: float
    average_heart_rate_bpm: float | None
    ascent_m: float | None


@dataclass(frozen=True)
class RecordedChannels:
    """Some channels of one activity, with what is needed to derive something from them."""

    activity_id: UUID
    sport: str
    started_at: datetime
    streams: dict[str, Floats]


def list_activities(
    session: Session,
    athlete_id: UUID,
    limit: int = 50,
    before: UUID | None = None,
    query: str | None = None,
    sport: str | None = None,
    *,
    deleted: bool = False,
) -> list[ActivityView]:
    """The newest first; ``before`` is the last activity of the page before this one.

    ``query`` is looked for in the shown name, in any case of letters. ``deleted`` lists the
    tombstones instead.
    """
    rows, shown = _shown(athlete_id)
    rows = rows.where(
        Activity.deleted_at.is_not(None) if deleted else Activity.deleted_at.is_(None),
        Activity.merged_into.is_(None),
    )
    if not deleted:
        rows = rows.where(OURS)
    if sport is not None:
        rows = rows.where(shown["sport"] == sport)
    if query:
        rows = rows.where(shown["name"].icontains(query, autoescape=True))
    if before is not None:
        last = activity(session, athlete_id, before)
        rows = rows.where(
            tuple_(shown["started_at"], Activity.activity_id)
            < tuple_(last.started_at, last.activity_id)
        )
    rows = rows.order_by(shown["started_at"].desc(), Activity.activity_id.desc()).limit(limit)
    return [view_of(*row) for row in session.execute(rows)]


def activity(session: Session, athlete_id: UUID, activity_id: UUID) -> ActivityView:
    """One activity, with a tombstone or without.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
    """
    rows, _ = _shown(athlete_id, activity_id)
    found = session.execute(rows.where(Activity.activity_id == activity_id)).one_or_none()
    if found is None:
        raise no_such_activity(activity_id)
    return view_of(*found)


def several(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> list[ActivityView]:
    """Some activities in the order asked for; an id that is not the athlete's is passed over."""
    rows, _ = _shown(athlete_id)
    rows = rows.where(Activity.activity_id.in_(activity_ids))
    found = {row[0].activity_id: view_of(*row) for row in session.execute(rows)}
    return [found[each] for each in activity_ids if each in found]


def of_source_file(session: Session, athlete_id: UUID, source_file_id: UUID) -> list[ActivityView]:
    """The activities that came out of one file, in its order, with a tombstone or without."""
    rows, _ = _shown(athlete_id)
    rows = rows.where(Activity.source_file_id == source_file_id).order_by(Activity.session_number)
    return [view_of(*row) for row in session.execute(rows)]


def overlapping(
    session: Session, athlete_id: UUID, started_at: datetime, elapsed_s: float
) -> list[ActivityView]:
    """Activities that were going on at some time of this span, tombstones included."""
    rows, shown = _shown(athlete_id)
    ended_at = started_at + timedelta(seconds=elapsed_s)
    rows = rows.where(
        OURS,
        shown["started_at"].between(started_at - LENGTH_MAX, ended_at),
        shown["started_at"] + shown["elapsed_s"] * timedelta(seconds=1) >= started_at,
    )
    return [view_of(*row) for row in session.execute(rows)]


def streams(
    session: Session, athlete_id: UUID, activity_id: UUID, level: int = 0
) -> dict[str, Floats]:
    """The activity's channels as float64 arrays of one length, NaN where a sample is missing.

    ``level`` 0 is every sample, each further level is four times coarser; beyond the coarsest
    there is, the coarsest is returned.
    """
    of_activity = (
        ActivityStream.athlete_id == athlete_id,
        ActivityStream.activity_id == activity_id,
    )
    nearest = (
        select(func.max(ActivityStream.level))
        .where(*of_activity, ActivityStream.level <= level)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ActivityStream.channel, ActivityStream.content).where(
            *of_activity, ActivityStream.level == nearest
        )
    )
    return {channel: codec.decode(channel, content) for channel, content in rows}


def recorded_channels(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID], channels: Sequence[str]
) -> Iterator[RecordedChannels]:
    """Every sample of some channels of many activities, deleted ones too, by one query.

    An id that is not the athlete's is passed over.
    """
    said = newest_annotations(athlete_id)
    rows = session.execute(
        select(
            Activity.activity_id,
            shown_value("sport", said),
            shown_value("started_at", said),
            ActivityStream.channel,
            ActivityStream.content,
        )
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .outerjoin(
            ActivityStream,
            and_(
                ActivityStream.athlete_id == Activity.athlete_id,
                ActivityStream.activity_id == Activity.activity_id,
                ActivityStream.level == 0,
                ActivityStream.channel.in_(channels),
            ),
        )
        .where(Activity.athlete_id == athlete_id, Activity.activity_id.in_(activity_ids), OURS)
        .order_by(Activity.activity_id)
    )
    for (activity_id, sport, started_at), found in groupby(rows, key=itemgetter(0, 1, 2)):
        streams = {name: codec.decode(name, content) for *_, name, content in found if name}
        yield RecordedChannels(activity_id, sport, started_at, streams)


def splits(session: Session, athlete_id: UUID, activity_id: UUID, kind: str) -> list[SplitView]:
    """The activity's splits of one kind: ``lap``, ``km`` or ``mile``."""
    return splits_of_kinds(session, athlete_id, activity_id, [kind])[kind]


def splits_of_kinds(
    session: Session, athlete_id: UUID, activity_id: UUID, kinds: Sequence[str]
) -> dict[str, list[SplitView]]:
    """The activity's splits of some kinds, by kind."""
    rows = session.scalars(
        select(ActivitySplit)
        .where(
            ActivitySplit.athlete_id == athlete_id,
            ActivitySplit.activity_id == activity_id,
            ActivitySplit.kind.in_(kinds),
        )
        .order_by(ActivitySplit.number)
    )
    found: dict[str, list[SplitView]] = {kind: [] for kind in kinds}
    for row in rows:
        found[row.kind].append(_split(row))
    return found


def _split(row: ActivitySplit) -> SplitView:
    return SplitView(
        number=row.number,
        start_s=row.start_s,
        elapsed_s=row.elapsed_s,
        moving_s=row.moving_s,
        distance_m=row.distance_m,
        average_heart_rate_bpm=row.average_heart_rate_bpm,
        ascent_m=row.ascent_m,
    )


def visible(athlete_id: UUID, sports: Sequence[str] | None = None) -> Subquery:
    """Activities without a tombstone as they are shown, for other features to join with.

    Columns: activity_id, every field that can be annotated (see ``fields.py``) by its name, and
    place_zone; their days are told by ``clocks.py``.
    """
    # The selection may be shared, what is joined may not: one statement can join it twice.
    return _visible(athlete_id, None if sports is None else tuple(sports)).subquery(
        "visible_activity"
    )


@lru_cache(maxsize=1024)
def _visible(athlete_id: UUID, sports: tuple[str, ...] | None) -> Select[Any]:
    """To say it takes longer than to ask it, and most pages ask it several times."""
    said = newest_annotations(athlete_id)
    shown = ShownValues(said)
    rows = (
        select(
            Activity.activity_id,
            *(value.label(name) for name, value in shown.items()),
            ActivityPlace.time_zone.label("place_zone"),
        )
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .outerjoin(ActivityPlace, OF_ACTIVITY)
        .where(Activity.athlete_id == athlete_id, Activity.deleted_at.is_(None), OURS)
    )
    return rows if sports is None else rows.where(shown["sport"].in_(sports))


def _shown(
    athlete_id: UUID, activity_id: UUID | None = None
) -> tuple[
    Select[Activity, Mapping[str, str] | None, str | None], Mapping[str, ColumnElement[Any]]
]:
    """Activities as ``view_of`` takes them, and the shown value of each field."""
    said = newest_annotations(athlete_id, activity_id)
    rows = (
        select(Activity, said.c.said, ActivityPlace.time_zone)
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .outerjoin(ActivityPlace, OF_ACTIVITY)
        .where(Activity.athlete_id == athlete_id)
    )
    return rows, ShownValues(said)
