"""Where the streams of each source are: those that count with the activity, the others aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.activities import derived, streams
from strideiq.activities.measures import Floats
from strideiq.activities.models import (
    Activity,
    ActivityObservation,
    ActivitySplit,
    ActivityStream,
    ObservationStream,
)
from strideiq.activities.observation_rows import laps_from
from strideiq.activities.resolving import Sources
from strideiq.platform.bulk import copy_rows


def use(session: Session, activity: Activity, sources: Sources) -> bool:
    """Have the streams and laps that were chosen count; whether others did before.

    The streams that counted are put aside with their own observation.
    """
    source, used = sources.streams, current(session, activity)
    if source is None or source == used:
        return False
    incoming = sources.newest[source]
    channels = load(session, incoming)
    if not channels:
        return False
    outgoing = _own(session, activity, used)
    if outgoing is not None:
        put_aside(session, outgoing, _counting(session, activity.athlete_id, activity.activity_id))
    replace(session, activity, source, incoming, channels)
    if incoming.activity_id == activity.activity_id:
        _forget_aside(session, incoming)
    return True


def current(session: Session, activity: Activity) -> str | None:
    """The source whose streams count for an activity; None when it has none."""
    if activity.streams_source is not None:
        return activity.streams_source
    return session.scalar(
        select(ActivityObservation.source)
        .where(
            ActivityObservation.athlete_id == activity.athlete_id,
            ActivityObservation.activity_id == activity.activity_id,
            ActivityObservation.sample_count > 0,
        )
        .order_by(ActivityObservation.number)
        .limit(1)
    )


def load(session: Session, observation: ActivityObservation) -> dict[str, Floats]:
    """Every sample that an observation's source has, wherever it is stored."""
    home = session.get_one(Activity, (observation.athlete_id, observation.activity_id))
    if current(session, home) == observation.source:
        stored = _counting(session, observation.athlete_id, observation.activity_id)
    else:
        rows = session.execute(
            select(ObservationStream.channel, ObservationStream.content).where(
                *_aside(observation), ObservationStream.number == observation.number
            )
        )
        stored = dict(rows.all())
    return {channel: streams.decode(channel, content) for channel, content in stored.items()}


def put_aside(
    session: Session, observation: ActivityObservation, contents: Mapping[str, bytes]
) -> None:
    """Store streams with their observation, in the place of those of its source before."""
    _forget_aside(session, observation)
    copy_rows(
        session,
        ObservationStream,
        (
            {
                "athlete_id": observation.athlete_id,
                "activity_id": observation.activity_id,
                "number": observation.number,
                "channel": channel,
                "content": content,
            }
            for channel, content in contents.items()
        ),
    )


def replace(
    session: Session,
    activity: Activity,
    source: str,
    observation: ActivityObservation,
    channels: Mapping[str, Floats],
) -> None:
    """Write streams, splits and means of an activity anew, from one observation's samples.

    ``source`` is what the activity calls the observation's source.
    """
    keys: dict[str, object] = {
        "athlete_id": activity.athlete_id,
        "activity_id": activity.activity_id,
    }
    _write_streams(session, activity, [keys | row for row in derived.stream_rows(channels)])
    session.execute(
        delete(ActivitySplit).where(
            ActivitySplit.athlete_id == activity.athlete_id,
            ActivitySplit.activity_id == activity.activity_id,
        )
    )
    laps = laps_from(observation.laps)
    copy_rows(session, ActivitySplit, (keys | row for row in derived.split_rows(channels, laps)))
    session.execute(
        update(Activity)
        .where(
            Activity.athlete_id == activity.athlete_id,
            Activity.activity_id == activity.activity_id,
        )
        .values(
            streams_source=source,
            sample_count=observation.sample_count,
            formula_version=derived.FORMULA_VERSION,
            **derived.means(channels),
        )
        .execution_options(synchronize_session="fetch")
    )


def _own(session: Session, activity: Activity, source: str | None) -> ActivityObservation | None:
    """What a source last said of this very activity; None when it spoke of another one only."""
    return session.scalar(
        select(ActivityObservation)
        .where(
            ActivityObservation.athlete_id == activity.athlete_id,
            ActivityObservation.activity_id == activity.activity_id,
            ActivityObservation.source == source,
            ActivityObservation.sample_count > 0,
        )
        .order_by(ActivityObservation.number.desc())
        .limit(1)
    )


def _write_streams(
    session: Session, activity: Activity, rows: Sequence[Mapping[str, object]]
) -> None:
    """Overwrite rather than delete and add: the guards of the database count what is deleted."""
    statement = insert(ActivityStream)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["athlete_id", "activity_id", "channel", "level"],
            set_={
                "sample_count": statement.excluded.sample_count,
                "content": statement.excluded.content,
            },
        ),
        rows,
    )
    written = [(row["channel"], row["level"]) for row in rows]
    session.execute(
        delete(ActivityStream).where(
            ActivityStream.athlete_id == activity.athlete_id,
            ActivityStream.activity_id == activity.activity_id,
            tuple_(ActivityStream.channel, ActivityStream.level).not_in(written),
        )
    )


def _counting(session: Session, athlete_id: UUID, activity_id: UUID) -> dict[str, bytes]:
    rows = session.execute(
        select(ActivityStream.channel, ActivityStream.content).where(
            ActivityStream.athlete_id == athlete_id,
            ActivityStream.activity_id == activity_id,
            ActivityStream.level == 0,
        )
    )
    return dict(rows.all())


def _forget_aside(session: Session, observation: ActivityObservation) -> None:
    """Drop what was aside of this observation's source; the file has it all."""
    same_source = select(ActivityObservation.number).where(
        ActivityObservation.athlete_id == observation.athlete_id,
        ActivityObservation.activity_id == observation.activity_id,
        ActivityObservation.source == observation.source,
    )
    session.execute(
        delete(ObservationStream).where(
            *_aside(observation), ObservationStream.number.in_(same_source)
        )
    )


def _aside(observation: ActivityObservation) -> tuple[ColumnElement[bool], ...]:
    return (
        ObservationStream.athlete_id == observation.athlete_id,
        ObservationStream.activity_id == observation.activity_id,
    )
