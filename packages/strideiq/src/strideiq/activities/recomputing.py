"""Derive anew what follows from streams: splits and means here, and whatever features add.

A derivation has a version; rows of an older one are stale. Each batch is derived within the
caller's transaction, so that a killed run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from strideiq.activities import derived, streams
from strideiq.activities.measures import Floats
from strideiq.activities.models import (
    Activity,
    ActivityObservation,
    ActivitySplit,
    ActivityStream,
)
from strideiq.activities.observation_rows import laps_from
from strideiq.activities.observed import ObservedLap
from strideiq.platform.bulk import copy_rows

NEEDED = ("time_s", "distance_m", "altitude_m", "heart_rate_bpm", "cadence_spm", "power_w")
"""The channels that splits and means follow from."""


@dataclass(frozen=True)
class Derivation:
    """Something that follows from activities, and can be computed anew.

    ``stale`` answers the athlete's activities whose rows are of an older formula; ``recompute``
    derives those it is given, in the caller's transaction.
    """

    name: str
    version: int
    stale: Callable[[Session, UUID], Sequence[UUID]]
    recompute: Callable[[Session, UUID, Sequence[UUID]], None]


_derivations: list[Derivation] = []


def add_derivation(derivation: Derivation) -> None:
    """Have something derived anew whenever its formula has changed; twice is once."""
    if all(each.name != derivation.name for each in _derivations):
        _derivations.append(derivation)


def derivations() -> Sequence[Derivation]:
    """Everything that can be derived anew, ours first."""
    return [OURS, *_derivations]


def every_activity(session: Session, athlete_id: UUID) -> Sequence[UUID]:
    """All activities of an athlete, deleted and merged ones too; what is only lent is left out."""
    return session.scalars(
        select(Activity.activity_id)
        .where(Activity.athlete_id == athlete_id, Activity.lender.is_(None))
        .order_by(Activity.activity_id)
    ).all()


def stale(session: Session, athlete_id: UUID) -> Sequence[UUID]:
    """Activities whose splits and means are of an older formula."""
    return session.scalars(
        select(Activity.activity_id)
        .where(
            Activity.athlete_id == athlete_id,
            Activity.lender.is_(None),
            or_(
                Activity.formula_version.is_(None),
                Activity.formula_version != derived.FORMULA_VERSION,
            ),
        )
        .order_by(Activity.activity_id)
    ).all()


def recompute(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    """Derive splits and means of some activities anew from their streams; the caller commits."""
    splits: list[dict[str, object]] = []
    means: list[dict[str, object]] = []
    laps = _laps(session, athlete_id, activity_ids)
    for activity_id, channels in _channels(session, athlete_id, activity_ids).items():
        keys: dict[str, object] = {"athlete_id": athlete_id, "activity_id": activity_id}
        splits += (keys | row for row in derived.split_rows(channels, laps[activity_id]))
        means.append(keys | derived.means(channels))
    if means:
        _replace_splits(session, athlete_id, [row["activity_id"] for row in means], splits)
        session.execute(update(Activity), means)
    session.execute(
        update(Activity)
        .where(Activity.athlete_id == athlete_id, Activity.activity_id.in_(activity_ids))
        .values(formula_version=derived.FORMULA_VERSION)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


OURS = Derivation("splits", derived.FORMULA_VERSION, stale, recompute)


def _replace_splits(
    session: Session,
    athlete_id: UUID,
    activity_ids: Sequence[object],
    splits: Sequence[dict[str, object]],
) -> None:
    session.execute(
        delete(ActivitySplit)
        .where(ActivitySplit.athlete_id == athlete_id, ActivitySplit.activity_id.in_(activity_ids))
        .execution_options(synchronize_session=False)
    )
    copy_rows(session, ActivitySplit, splits)


def _channels(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Floats]]:
    rows = session.execute(
        select(ActivityStream.activity_id, ActivityStream.channel, ActivityStream.content)
        .where(
            ActivityStream.athlete_id == athlete_id,
            ActivityStream.activity_id.in_(activity_ids),
            ActivityStream.level == 0,
            ActivityStream.channel.in_(NEEDED),
        )
        .order_by(ActivityStream.activity_id)
    )
    return {
        activity_id: {name: streams.decode(name, content) for _, name, content in found}
        for activity_id, found in groupby(rows, key=itemgetter(0))
    }


def _laps(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]
) -> dict[UUID, Sequence[ObservedLap]]:
    """The laps of the source whose streams count, by activity."""
    observations = session.execute(
        select(
            ActivityObservation.source, ActivityObservation.laps, ActivityObservation.activity_id
        )
        .where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.activity_id.in_(activity_ids),
            ActivityObservation.sample_count > 0,
        )
        .order_by(ActivityObservation.activity_id, ActivityObservation.number)
    ).all()
    first = {activity_id: source for source, _, activity_id in reversed(observations)}
    newest = {(activity_id, source): laps for source, laps, activity_id in observations}
    found: dict[UUID, Sequence[ObservedLap]] = dict.fromkeys(activity_ids, ())
    chosen = session.execute(
        select(Activity.activity_id, Activity.streams_source).where(
            Activity.athlete_id == athlete_id, Activity.activity_id.in_(activity_ids)
        )
    )
    for activity_id, source in chosen:
        key = (activity_id, source or first.get(activity_id, ""))
        if key in newest:
            found[activity_id] = laps_from(newest[key])
        elif source is not None:
            found[activity_id] = _laps_of_merged(session, athlete_id, source)
    return found


def _laps_of_merged(session: Session, athlete_id: UUID, source: str) -> Sequence[ObservedLap]:
    """The laps of a source that came by a merge, and is observed elsewhere."""
    laps = session.scalar(
        select(ActivityObservation.laps)
        .where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.source == source,
            ActivityObservation.sample_count > 0,
        )
        .order_by(ActivityObservation.observed_at.desc(), ActivityObservation.number.desc())
        .limit(1)
    )
    return laps_from(laps)
