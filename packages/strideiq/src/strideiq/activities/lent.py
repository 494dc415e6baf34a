"""Reading what is on loan: for the pages of its athlete, and for nothing else.

Everything here counts only until its end, also where nobody has dropped it yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from strideiq.activities import streams as codec
from strideiq.activities.activity_view import ActivityView, view_of
from strideiq.activities.fields import FIELDS
from strideiq.activities.measures import Floats
from strideiq.activities.models import (
    Activity,
    ActivityLoan,
    ActivityLoanStream,
)
from strideiq.activities.shown import newest_annotations


@dataclass(frozen=True)
class LentCounts:
    """How much a lender lends to an athlete now."""

    places: int
    """Activities that are known by loans alone."""
    held: int
    """Those of them of which something is lent now."""


def overlaid(session: Session, athlete_id: UUID, view: ActivityView, now: datetime) -> ActivityView:
    """An activity as its own athlete sees it: what is lent, below what the athlete says."""
    if view.lender is None:
        return view
    loan = session.scalar(
        select(ActivityLoan).where(
            ActivityLoan.athlete_id == athlete_id,
            ActivityLoan.activity_id == view.activity_id,
            ActivityLoan.until > now,
        )
    )
    return view if loan is None else _over(view, loan)


def streams(
    session: Session, athlete_id: UUID, activity_id: UUID, now: datetime
) -> dict[str, Floats]:
    """Every sample that is lent of an activity, as ``views.streams`` gives our own."""
    rows = session.execute(
        select(ActivityLoanStream.channel, ActivityLoanStream.content).where(
            ActivityLoanStream.athlete_id == athlete_id,
            ActivityLoanStream.activity_id == activity_id,
            ActivityLoanStream.until > now,
        )
    )
    return {channel: codec.decode(channel, content) for channel, content in rows}


def listed(
    session: Session, athlete_id: UUID, now: datetime, limit: int, before: datetime | None = None
) -> list[ActivityView]:
    """What is lent now, the newest first; ``before`` is the start of the last of the page above."""
    said = newest_annotations(athlete_id)
    rows = (
        select(Activity, said.c.said, ActivityLoan)
        .join(
            ActivityLoan,
            (ActivityLoan.athlete_id == Activity.athlete_id)
            & (ActivityLoan.activity_id == Activity.activity_id),
        )
        .outerjoin(said, said.c.activity_id == Activity.activity_id)
        .where(
            Activity.athlete_id == athlete_id,
            Activity.deleted_at.is_(None),
            ActivityLoan.until > now,
        )
        .order_by(ActivityLoan.started_at.desc(), Activity.activity_id.desc())
        .limit(limit)
    )
    if before is not None:
        rows = rows.where(ActivityLoan.started_at < before)
    return [_over(view_of(row, words), loan) for row, words, loan in session.execute(rows)]


def anything(session: Session, athlete_id: UUID) -> bool:
    """Whether any activity is known by a loan alone."""
    known = exists().where(
        Activity.athlete_id == athlete_id,
        Activity.lender.is_not(None),
        Activity.deleted_at.is_(None),
    )
    return bool(session.scalar(select(known)))


def counts(session: Session, athlete_id: UUID, lender: str, now: datetime) -> LentCounts:
    """How many activities are known by a lender alone, and of how many something is lent."""
    held = exists().where(
        ActivityLoan.athlete_id == Activity.athlete_id,
        ActivityLoan.activity_id == Activity.activity_id,
        ActivityLoan.until > now,
    )
    places, now_held = session.execute(
        select(func.count(), func.count().filter(held)).where(
            Activity.athlete_id == athlete_id,
            Activity.lender == lender,
            Activity.deleted_at.is_(None),
        )
    ).one()
    return LentCounts(places, now_held)


def has_streams(session: Session, athlete_id: UUID, activity_id: UUID, until: datetime) -> bool:
    """Whether samples of an activity are lent beyond a moment."""
    found = exists().where(
        ActivityLoanStream.athlete_id == athlete_id,
        ActivityLoanStream.activity_id == activity_id,
        ActivityLoanStream.until > until,
    )
    return bool(session.scalar(select(found)))


def lent_value(
    session: Session, athlete_id: UUID, activity_id: UUID, field: str, now: datetime
) -> object | None:
    """One value that is lent; None when nothing is."""
    text = session.scalar(
        select(ActivityLoan.said[field].astext).where(
            ActivityLoan.athlete_id == athlete_id,
            ActivityLoan.activity_id == activity_id,
            ActivityLoan.until > now,
        )
    )
    return None if text is None else FIELDS[field].decode(text)


def lent_before(session: Session, athlete_id: UUID, lender: str, since: datetime) -> list[str]:
    """The ids at the service of what is lent and was not told of again since a moment."""
    return list(
        session.scalars(
            select(ActivityLoan.upstream_id)
            .where(
                ActivityLoan.athlete_id == athlete_id,
                ActivityLoan.lender == lender,
                ActivityLoan.fetched_at < since,
            )
            .order_by(ActivityLoan.started_at.desc())
        )
    )


def coach_may_use(session: Session, athlete_id: UUID, activity_id: UUID) -> bool:
    """Whether anything that answers questions may read an activity; an unknown one it may not."""
    found = session.execute(
        select(Activity.lender).where(
            Activity.athlete_id == athlete_id, Activity.activity_id == activity_id
        )
    ).one_or_none()
    return found is not None and found.lender is None


def _over(view: ActivityView, loan: ActivityLoan) -> ActivityView:
    lent = {name: FIELDS[name].decode(text) for name, text in loan.said.items() if name in FIELDS}
    shown: Mapping[str, Any] = {
        name: value for name, value in lent.items() if name not in view.annotated
    }
    originals = {**view.originals, **lent}
    return replace(view, originals=originals, lent_until=loan.until, **shown)
