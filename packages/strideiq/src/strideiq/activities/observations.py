"""What sources say later of activities that are here: added, and never instead of anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.activities import stored_streams, streams
from strideiq.activities.annotations import changed, lock
from strideiq.activities.measures import Floats
from strideiq.activities.models import Activity, ActivityObservation
from strideiq.activities.observation_rows import Source, observation_row, said_besides
from strideiq.activities.observed import ObservedActivity
from strideiq.activities.resolving import EVERYTHING, STREAMS
from strideiq.activities.sources import add_choice, settle, sources_of, stands_for

LENGTH_MAX = timedelta(days=14)
"""No observation is longer, so that those of a time are found by the index on their start."""


@dataclass(frozen=True)
class Neighbour:
    """An observation at the time of another one, for comparison; seconds, UTC."""

    activity_id: UUID
    """The activity that shows it, which may have a tombstone."""
    observation_of: UUID
    """The activity that it was made of."""
    number: int
    kind: str
    source: str
    upstream_id: str | None
    device_serial: str | None
    started_at: datetime
    elapsed_s: float
    sample_count: int


def observe(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    observed: ObservedActivity,
    source: Source,
    *,
    takes_over: bool = False,
) -> bool:
    """Add what a source says of an activity that is here; whether it said anything new.

    With ``takes_over`` it is shown instead of what the other sources say, unless the athlete
    chose among them. What the athlete said is never touched. The caller commits.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
    """
    lock(session, athlete_id, activity_id)
    shown_by = stands_for(session, athlete_id, activity_id)
    key = source.key(observed.session_number)
    sources = sources_of(session, athlete_id, shown_by)
    before = sources.newest.get(key)
    home = before.activity_id if before is not None else activity_id
    row = observation_row(observed, source, next_number(session, athlete_id, home))
    if before is not None and before.content_hash == row["content_hash"]:
        return False
    added = ActivityObservation(athlete_id=athlete_id, activity_id=home, **row)
    session.add(added)
    session.flush()
    _store_streams(session, added, observed)
    chosen = sources.choices.get(EVERYTHING)
    if takes_over and key != sources.main and not (chosen is not None and chosen.by_athlete):
        add_choice(session, athlete_id, shown_by, EVERYTHING, key, by_athlete=False)
    for each in dict.fromkeys((home, shown_by)):
        settle(session, athlete_id, each)
    return True


def observe_fields(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    source: Source,
    fields: Mapping[str, object],
    upstream_id: str | None = None,
) -> bool:
    """Add what a source without samples says, for example a line of an archive's table.

    ``fields`` are values by the names of ``fields.py``; those that no field could have are left
    out. Returns whether it said anything new. The caller commits.
    """
    lock(session, athlete_id, activity_id)
    shown_by = stands_for(session, athlete_id, activity_id)
    before = sources_of(session, athlete_id, shown_by).newest.get(source.key(0))
    said = said_besides(fields)
    if before is not None and (before.said, before.upstream_id) == (said, upstream_id):
        return False
    session.add(
        ActivityObservation(
            athlete_id=athlete_id,
            activity_id=activity_id,
            number=next_number(session, athlete_id, activity_id),
            source=source.key(0),
            kind=source.kind,
            source_file_id=source.source_file_id,
            upstream_id=upstream_id,
            said=said,
            computed=[],
        )
    )
    session.flush()
    for each in dict.fromkeys((activity_id, shown_by)):
        settle(session, athlete_id, each)
    return True


def deleted_upstream(session: Session, athlete_id: UUID, upstream_id: str) -> list[UUID]:
    """Note that a service deleted its activity; everything here stays as it is.

    Returns the activities that came from it. The caller commits.
    """
    rows = session.scalars(
        select(ActivityObservation)
        .where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.upstream_id == upstream_id,
        )
        .order_by(ActivityObservation.activity_id, ActivityObservation.number)
    ).all()
    for newest in {each.activity_id: each for each in rows}.values():
        if newest.withdrawn is not None:
            continue
        lock(session, athlete_id, newest.activity_id)
        session.add(
            ActivityObservation(
                athlete_id=athlete_id,
                activity_id=newest.activity_id,
                number=next_number(session, athlete_id, newest.activity_id),
                source=newest.source,
                kind=newest.kind,
                upstream_id=upstream_id,
                said={},
                computed=[],
                withdrawn="upstream",
            )
        )
    session.flush()
    return list(dict.fromkeys(each.activity_id for each in rows))


def observed_near(
    session: Session, athlete_id: UUID, started_at: datetime, elapsed_s: float
) -> list[Neighbour]:
    """What sources observed at some time of this span, of deleted and merged activities too.

    By the sources' own times, not by what the athlete says of them: that is how the same
    recording is known again.
    """
    ended_at = started_at + timedelta(seconds=elapsed_s)
    rows = session.scalars(
        select(ActivityObservation)
        .where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.started_at.between(started_at - LENGTH_MAX, ended_at),
            ActivityObservation.started_at + ActivityObservation.elapsed_s * timedelta(seconds=1)
            >= started_at,
        )
        .order_by(
            ActivityObservation.observed_at,
            ActivityObservation.activity_id,
            ActivityObservation.number,
        )
    )
    return _neighbours(session, athlete_id, rows.all())


def observed_upstream(session: Session, athlete_id: UUID, upstream_id: str) -> list[Neighbour]:
    """What is here of a service's activity, newest last."""
    rows = session.scalars(
        select(ActivityObservation)
        .where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.upstream_id == upstream_id,
            ActivityObservation.withdrawn.is_(None),
        )
        .order_by(ActivityObservation.observed_at, ActivityObservation.number)
    )
    return _neighbours(session, athlete_id, rows.all())


def spoken_by(session: Session, athlete_id: UUID, source: str) -> UUID | None:
    """The activity that a source last spoke of and was not set apart from; None when of none."""
    rows = session.execute(
        select(ActivityObservation.activity_id, ActivityObservation.withdrawn)
        .where(ActivityObservation.athlete_id == athlete_id, ActivityObservation.source == source)
        .order_by(ActivityObservation.number)
    )
    newest: dict[UUID, str | None] = dict(rows.all())
    return next((each for each, withdrawn in newest.items() if withdrawn != "apart"), None)


def observed_streams(
    session: Session, athlete_id: UUID, observation_of: UUID, number: int
) -> dict[str, Floats]:
    """Every sample that an observation's source has at present; empty when it has none."""
    found = session.get(ActivityObservation, (athlete_id, observation_of, number))
    return {} if found is None else stored_streams.load(session, found)


def _neighbours(
    session: Session, athlete_id: UUID, rows: Sequence[ActivityObservation]
) -> list[Neighbour]:
    found = []
    said: dict[UUID, Mapping[str, ActivityObservation]] = {}
    for row in rows:
        shown_by = stands_for(session, athlete_id, row.activity_id)
        if shown_by not in said:
            said[shown_by] = sources_of(session, athlete_id, shown_by).newest
        newest = said[shown_by].get(row.source)
        if row.started_at is None or newest is None:
            continue
        if (newest.activity_id, newest.number) != (row.activity_id, row.number):
            continue
        found.append(
            Neighbour(
                activity_id=shown_by,
                observation_of=row.activity_id,
                number=row.number,
                kind=row.kind,
                source=row.source,
                upstream_id=row.upstream_id,
                device_serial=row.device_serial,
                started_at=row.started_at,
                elapsed_s=row.elapsed_s or 0.0,
                sample_count=row.sample_count,
            )
        )
    return found


def next_number(session: Session, athlete_id: UUID, activity_id: UUID) -> int:
    """The number of the next observation of an activity, whose row the caller holds."""
    newest = session.scalar(
        select(func.max(ActivityObservation.number)).where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.activity_id == activity_id,
        )
    )
    return (newest or 0) + 1


def _store_streams(
    session: Session, observation: ActivityObservation, observed: ObservedActivity
) -> None:
    """Store samples where those of this source are: with every activity that shows them, or aside.

    An activity without any streams so far gets them when it is settled.
    """
    athlete_id = observation.athlete_id
    home = session.get_one(Activity, (athlete_id, observation.activity_id))
    used_at_home = stored_streams.current(session, home) == observation.source
    if not used_at_home:
        contents = {name: streams.encode(name, each) for name, each in observed.streams.items()}
        stored_streams.put_aside(session, observation, contents)
    shown_by = stands_for(session, athlete_id, observation.activity_id)
    for activity_id in dict.fromkeys((home.activity_id, shown_by)):
        activity = session.get_one(Activity, (athlete_id, activity_id))
        newest = sources_of(session, athlete_id, activity_id).newest
        called = next((name for name, each in newest.items() if each is observation), None)
        if called is not None and stored_streams.current(session, activity) == called:
            stored_streams.replace(session, activity, called, observation, observed.streams)
            changed(session, athlete_id, activity_id, STREAMS)
