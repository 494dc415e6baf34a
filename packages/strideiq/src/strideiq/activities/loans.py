"""What a service only lends: values that its terms let nobody keep, analyse, or show to others.

An activity that is known by a loan alone is an empty place in ``activity``: no value of the
service stands in it, nor in any observation. What the service says is in ``activity_loan`` and
``activity_loan_stream``, which are in no physical backup and which only ``lent.py`` reads, for the
pages of their athlete. So nothing that reads activities can meet it: no record, no sum, no coach.
What the athlete says of the place is an annotation like any other, and stays.

A file of the same activity ends the loan: see ``give_way``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.activities import derived, merging, streams
from strideiq.activities.measures import Floats
from strideiq.activities.models import (
    Activity,
    ActivityAnnotation,
    ActivityLoan,
    ActivityLoanStream,
    ActivityObservation,
)
from strideiq.activities.observation_rows import said_besides
from strideiq.activities.observations import LENGTH_MAX, next_number, observed_near
from strideiq.activities.sources import stands_for

COVERED_MIN = 0.8
"""The part of both times that two recordings of one run have in common."""
DISTANCE_RATIO_MAX = 1.2
"""By how much their distances may differ, where both are known."""
PLACE_SPORT = "other"


@dataclass(frozen=True)
class Loan:
    """One activity as a service tells it, for a while. ``values`` are by the names of fields."""

    lender: str
    """The kind of source, for example ``strava_api``."""
    upstream_id: str
    place_name: str
    """What the empty place is called, for example ``Strava activity``."""
    values: Mapping[str, object]
    started_at: datetime
    elapsed_s: float
    distance_m: float | None
    until: datetime


@dataclass(frozen=True)
class Lent:
    """What became of a loan."""

    activity_id: UUID
    lent: bool
    """False when the activity is the athlete's own, and nothing was borrowed."""
    new: bool = False
    """Whether an empty place was made for it."""
    changed: bool = False
    """Whether the service says something else than it did."""


def lend(session: Session, athlete_id: UUID, loan: Loan, now: datetime) -> Lent:
    """Take what a service lends of one activity, or renew it. The caller commits.

    Of an activity that is here from a file nothing is taken; that it is at the service too is
    noted, so that a deletion there can be shown.
    """
    home, spoken = _known(session, athlete_id, loan)
    new = home is None
    if home is None:
        home = _same_as(session, athlete_id, loan) or _new_place(session, athlete_id, loan, now)
        new = session.get_one(Activity, (athlete_id, home)).lender is not None
    if not spoken:
        _note(session, athlete_id, home, loan)
    shown = session.get_one(Activity, (athlete_id, stands_for(session, athlete_id, home)))
    if shown.lender is None or shown.deleted_at is not None:
        return Lent(shown.activity_id, lent=False)
    before = session.get(ActivityLoan, (athlete_id, shown.activity_id))
    row = _row(loan, now)
    changed = before is not None and before.content_hash != row["content_hash"]
    if changed:
        _note(session, athlete_id, home, loan)
    statement = insert(ActivityLoan).values(
        athlete_id=athlete_id, activity_id=shown.activity_id, **row
    )
    session.execute(
        statement.on_conflict_do_update(index_elements=["athlete_id", "activity_id"], set_=row)
    )
    if before is not None:
        session.expire(before)
    return Lent(shown.activity_id, lent=True, new=new, changed=changed)


def lend_streams(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    channels: Mapping[str, Floats],
    until: datetime,
) -> bool:
    """Take the samples that a service lends; False when the activity is on loan no more."""
    if session.get(ActivityLoan, (athlete_id, activity_id)) is None:
        return False
    for channel, values in channels.items():
        row = {"content": streams.encode(channel, values), "until": until}
        session.execute(
            insert(ActivityLoanStream)
            .values(athlete_id=athlete_id, activity_id=activity_id, channel=channel, **row)
            .on_conflict_do_update(
                index_elements=["athlete_id", "activity_id", "channel"], set_=row
            )
        )
    session.execute(
        delete(ActivityLoanStream).where(
            ActivityLoanStream.athlete_id == athlete_id,
            ActivityLoanStream.activity_id == activity_id,
            ActivityLoanStream.channel.not_in(list(channels)),
        )
    )
    return True


def give_way(session: Session, athlete_id: UUID, recorded: Sequence[UUID]) -> None:
    """End the loans of activities that have now come from files; what was said goes over.

    Called in the transaction that records them. The empty place becomes a part of the activity.
    """
    if not session.scalar(select(exists().where(*_places(athlete_id)))):
        return
    observations = session.scalars(
        select(ActivityObservation).where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.activity_id.in_(recorded),
        )
    ).all()
    for each in observations:
        place = _place_of(session, athlete_id, each)
        if place is not None:
            _end(session, athlete_id, [place])
            merging.merge(session, athlete_id, each.activity_id, place)


def end_loan(session: Session, athlete_id: UUID, upstream_id: str) -> None:
    """Drop what is lent of one activity, because it is gone at the service."""
    ended = ActivityLoan.upstream_id == upstream_id
    session.execute(delete(ActivityLoan).where(ActivityLoan.athlete_id == athlete_id, ended))


def end_loans(session: Session, athlete_id: UUID, lender: str) -> None:
    """Drop everything that a service lends to an athlete; places and words stay."""
    session.execute(
        delete(ActivityLoan).where(
            ActivityLoan.athlete_id == athlete_id, ActivityLoan.lender == lender
        )
    )


def expire(session: Session, now: datetime) -> None:
    """Drop whatever has ended, of all athletes."""
    session.execute(delete(ActivityLoanStream).where(ActivityLoanStream.until <= now))
    session.execute(delete(ActivityLoan).where(ActivityLoan.until <= now))


def put_away(session: Session, athlete_id: UUID, lender: str) -> None:
    """Put a tombstone on a lender's places of which the athlete has said nothing."""
    said = exists().where(
        ActivityAnnotation.athlete_id == Activity.athlete_id,
        ActivityAnnotation.activity_id == Activity.activity_id,
    )
    session.execute(
        update(Activity)
        .where(*_places(athlete_id), Activity.lender == lender, ~said)
        .values(deleted_at=func.now())
        .execution_options(synchronize_session=False)
    )


def _known(session: Session, athlete_id: UUID, loan: Loan) -> tuple[UUID | None, bool]:
    """Where the service's activity is already, and whether it is noted there as still upstream."""
    rows = session.execute(
        select(ActivityObservation.activity_id, ActivityObservation.withdrawn)
        .where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.upstream_id == loan.upstream_id,
        )
        .order_by(ActivityObservation.observed_at, ActivityObservation.number)
    ).all()
    if not rows:
        return None, False
    home, withdrawn = rows[-1]
    return home, withdrawn is None


def _same_as(session: Session, athlete_id: UUID, loan: Loan) -> UUID | None:
    """The athlete's own activity that this one is, by time and distance."""
    for each in observed_near(session, athlete_id, loan.started_at, loan.elapsed_s):
        said = session.get_one(ActivityObservation, (athlete_id, each.observation_of, each.number))
        distance = said.said.get("distance_m")
        theirs = (each.started_at, each.elapsed_s, float(distance) if distance else None)
        if _same(theirs, (loan.started_at, loan.elapsed_s, loan.distance_m)):
            return each.activity_id
    return None


def _place_of(session: Session, athlete_id: UUID, seen: ActivityObservation) -> UUID | None:
    """The empty place that an observation of a file fills."""
    if seen.upstream_id is not None:
        place: UUID | None = session.scalar(
            select(Activity.activity_id)
            .join(
                ActivityObservation,
                (ActivityObservation.athlete_id == Activity.athlete_id)
                & (ActivityObservation.activity_id == Activity.activity_id),
            )
            .where(*_places(athlete_id), ActivityObservation.upstream_id == seen.upstream_id)
            .limit(1)
        )
        if place is not None:
            return place
    if seen.started_at is None or seen.elapsed_s is None:
        return None
    ended_at = seen.started_at + timedelta(seconds=seen.elapsed_s)
    near = session.scalars(
        select(ActivityLoan)
        .join(
            Activity,
            (Activity.athlete_id == ActivityLoan.athlete_id)
            & (Activity.activity_id == ActivityLoan.activity_id),
        )
        .where(
            *_places(athlete_id),
            ActivityLoan.started_at.between(seen.started_at - LENGTH_MAX, ended_at),
        )
        .order_by(ActivityLoan.started_at.desc())
    )
    distance = seen.said.get("distance_m")
    ours = (seen.started_at, seen.elapsed_s, float(distance) if distance else None)
    for loan in near:
        if _same(ours, (loan.started_at, loan.elapsed_s, loan.distance_m)):
            return loan.activity_id
    return None


Span = tuple[datetime, float, float | None]
"""Start, seconds, metres."""


def _same(one: Span, other: Span) -> bool:
    """Whether two recordings have most of their times in common, and went about as far."""
    late_s = (other[0] - one[0]).total_seconds()
    common_s = min(one[1], late_s + other[1]) - max(0.0, late_s)
    if common_s < COVERED_MIN * max(one[1], other[1]):
        return False
    if one[2] is None or other[2] is None:
        return True
    shorter_m, longer_m = sorted((one[2], other[2]))
    return longer_m <= DISTANCE_RATIO_MAX * shorter_m + 100


def _new_place(session: Session, athlete_id: UUID, loan: Loan, now: datetime) -> UUID:
    """An empty place: nothing of what the service says, its start included, stands in it."""
    place = uuid4()
    session.add(
        Activity(
            athlete_id=athlete_id,
            activity_id=place,
            sport=PLACE_SPORT,
            name=loan.place_name,
            started_at=now,
            elapsed_s=0.0,
            moving_s=0.0,
            lender=loan.lender,
            formula_version=derived.FORMULA_VERSION,
        )
    )
    session.flush()
    return place


def _note(session: Session, athlete_id: UUID, home: UUID, loan: Loan) -> None:
    """Note that the service spoke of this activity, and nothing of what it said."""
    session.add(
        ActivityObservation(
            athlete_id=athlete_id,
            activity_id=home,
            number=next_number(session, athlete_id, home),
            source=loan.lender,
            kind=loan.lender,
            upstream_id=loan.upstream_id,
            said={},
            computed=[],
        )
    )
    session.flush()


def _row(loan: Loan, now: datetime) -> dict[str, object]:
    said = said_besides(loan.values)
    return {
        "lender": loan.lender,
        "upstream_id": loan.upstream_id,
        "said": said,
        "started_at": loan.started_at,
        "elapsed_s": loan.elapsed_s,
        "distance_m": loan.distance_m,
        "content_hash": hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest(),
        "fetched_at": now,
        "until": loan.until,
    }


def _places(athlete_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The conditions of an athlete's empty places that are in use."""
    return (
        Activity.athlete_id == athlete_id,
        Activity.lender.is_not(None),
        Activity.deleted_at.is_(None),
    )


def _end(session: Session, athlete_id: UUID, places: Sequence[UUID]) -> None:
    session.execute(
        delete(ActivityLoan).where(
            ActivityLoan.athlete_id == athlete_id, ActivityLoan.activity_id.in_(places)
        )
    )
