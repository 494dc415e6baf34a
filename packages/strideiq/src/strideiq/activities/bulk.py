"""One act on many activities, and taking all of it back.

Everything that one transaction says bears the same moment. So what a bulk act has said is found
again by that moment, and nothing else has to be kept for the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.activities import service
from strideiq.activities.annotations import annotate, restore_version
from strideiq.activities.models import Activity, ActivityAnnotation
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _

Act = Literal["sport", "gear_id", "race", "delete"]
ACTS: tuple[Act, ...] = ("sport", "gear_id", "race", "delete")
ACTIVITIES_MAX = 500


@dataclass(frozen=True)
class Done:
    """What a bulk act has changed, and the moment by which it is taken back."""

    act: Act
    activities: int
    at: datetime


def apply(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID], act: str, value: str | None
) -> Done:
    """Do one act to each of the activities, or to none; the caller commits.

    Raises:
        InvalidInputError: nothing or too much is chosen, or there is no such act.
        FieldValueError: no activity can have this value.
        NoSuchActivityError: one of them is not the athlete's.
    """
    chosen = list(dict.fromkeys(activity_ids))
    if not 0 < len(chosen) <= ACTIVITIES_MAX:
        raise InvalidInputError(
            _("Between 1 and 500 activities can be changed at once."),
            next_step=_("choose some in the list first"),
        )
    known = next((one for one in ACTS if one == act), None)
    if known is None:
        raise InvalidInputError(
            _("There is no such change."), next_step=_("choose one of the list")
        )
    # In one order, so that two acts at once wait for each other rather than for ever.
    for activity_id in sorted(chosen):
        if known == "delete":
            service.delete(session, athlete_id, activity_id)
        else:
            annotate(session, athlete_id, activity_id, known, value)
    return Done(known, len(chosen), session.scalars(select(func.now())).one())


def undo(session: Session, athlete_id: UUID, act: str, at: datetime) -> int:
    """Take back what a bulk act of this moment has said, and say how many activities it was.

    What the athlete has said since stays.

    Raises:
        NotFoundError: nothing was said at this moment, or all of it was said anew since.
    """
    count = (
        _undelete(session, athlete_id, at)
        if act == "delete"
        else _unsay(session, athlete_id, act, at)
    )
    if not count:
        raise NotFoundError(
            _("There is nothing to take back any more."), next_step=_("open the list of activities")
        )
    return count


def _undelete(session: Session, athlete_id: UUID, at: datetime) -> int:
    deleted = session.scalars(
        select(Activity.activity_id).where(
            Activity.athlete_id == athlete_id, Activity.deleted_at == at
        )
    ).all()
    for activity_id in sorted(deleted):
        service.undelete(session, athlete_id, activity_id)
    return len(deleted)


def _unsay(session: Session, athlete_id: UUID, field: str, at: datetime) -> int:
    newest = (
        select(ActivityAnnotation.activity_id, func.max(ActivityAnnotation.version).label("newest"))
        .where(ActivityAnnotation.athlete_id == athlete_id, ActivityAnnotation.field == field)
        .group_by(ActivityAnnotation.activity_id)
        .subquery()
    )
    rows = session.execute(
        select(ActivityAnnotation.activity_id, ActivityAnnotation.version)
        .join(
            newest,
            (newest.c.activity_id == ActivityAnnotation.activity_id)
            & (newest.c.newest == ActivityAnnotation.version),
        )
        .where(
            ActivityAnnotation.athlete_id == athlete_id,
            ActivityAnnotation.field == field,
            ActivityAnnotation.said_at == at,
        )
        .order_by(ActivityAnnotation.activity_id)
    ).all()
    for activity_id, version in rows:
        restore_version(session, athlete_id, activity_id, field, version - 1)
    return len(rows)
