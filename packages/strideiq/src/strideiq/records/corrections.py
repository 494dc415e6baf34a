"""What an athlete says of an effort: that it does not count, or that its distance was measured.

Each word is kept for ever, version after version; the newest counts, and can be taken back. What
is derived from samples follows it, and no later file or formula overwrites it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.platform.language import gettext as _
from strideiq.records.best_efforts import Effort
from strideiq.records.distances import DISTANCES, DURATIONS, Distance
from strideiq.records.models import EffortCorrection
from strideiq.records.reasons import SAID_NOT_TO_COUNT
from strideiq.records.timed_efforts import TimedEffort

Verdict = Literal["does_not_count", "measured"]

EVERY = "all"
"""Every effort of an activity."""


LENGTH_SHARE = 1.15
"""A measured distance may exceed the activity's by so much: receivers come out short."""


@dataclass(frozen=True)
class Correction:
    """One thing that was said of an effort; ``verdict`` None took back what was said before."""

    activity_id: UUID
    effort: str
    version: int
    verdict: Verdict | None
    elapsed_s: float | None
    said_at: datetime


def key_of(effort: Effort | TimedEffort) -> str:
    """The name by which corrections know an effort."""
    return effort.distance.key if isinstance(effort, Effort) else effort.duration.key


def correct(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    effort: str,
    verdict: Verdict | None,
    elapsed_s: float | None = None,
) -> bool:
    """Say something of an effort; None takes it back. Returns whether that was news.

    Whoever calls it derives the activity anew in the same transaction.

    Raises:
        InvalidInputError: no runner was that fast, or the activity is too short for it.
        NoSuchActivityError: the athlete has no such activity.
        NotFoundError: there is no such effort.
    """
    view = activities.activity(session, athlete_id, activity_id)
    distances = {one.key: one for one in DISTANCES}
    if effort not in {EVERY, *distances, *(one.key for one in DURATIONS)}:
        raise NotFoundError(
            _("There is no such effort."), next_step=_("choose one of those that the activity has")
        )
    if verdict == "measured":
        if effort not in distances:
            raise InvalidInputError(
                _("Only a distance can have been measured."), next_step=_("choose a distance")
            )
        _check_measured(distances[effort], elapsed_s, view)
    else:
        elapsed_s = None
    newest = corrections_of(session, athlete_id, [activity_id]).get(activity_id, {}).get(effort)
    if (newest.verdict, newest.elapsed_s) == (verdict, elapsed_s) if newest else verdict is None:
        return False
    said = (
        EffortCorrection.athlete_id == athlete_id,
        EffortCorrection.activity_id == activity_id,
        EffortCorrection.effort == effort,
    )
    version = session.scalar(select(func.max(EffortCorrection.version)).where(*said)) or 0
    session.add(
        EffortCorrection(
            athlete_id=athlete_id,
            activity_id=activity_id,
            effort=effort,
            version=version + 1,
            verdict=verdict,
            elapsed_s=elapsed_s,
        )
    )
    session.flush()
    return True


def corrections_of(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Correction]]:
    """What the athlete says now of the efforts of activities; what was taken back is left out."""
    newest = (
        select(EffortCorrection)
        .ext(distinct_on(EffortCorrection.activity_id, EffortCorrection.effort))
        .where(
            EffortCorrection.athlete_id == athlete_id,
            EffortCorrection.activity_id.in_(activity_ids),
        )
        .order_by(
            EffortCorrection.activity_id, EffortCorrection.effort, EffortCorrection.version.desc()
        )
    )
    found: dict[UUID, dict[str, Correction]] = {}
    for row in session.scalars(newest):
        if row.verdict is not None:
            found.setdefault(row.activity_id, {})[row.effort] = _correction(row)
    return found


def correction_history(session: Session, athlete_id: UUID, activity_id: UUID) -> list[Correction]:
    """Everything that was ever said of an activity's efforts, newest first."""
    rows = session.scalars(
        select(EffortCorrection)
        .where(
            EffortCorrection.athlete_id == athlete_id, EffortCorrection.activity_id == activity_id
        )
        .order_by(EffortCorrection.said_at.desc(), EffortCorrection.version.desc())
    )
    return [_correction(row) for row in rows]


def corrected(efforts: list[Effort], said: Mapping[str, Correction]) -> list[Effort]:
    """The efforts as the athlete says they were, shortest first; measured ones are added."""
    shown = {one.distance.key: _discounted(one, said) for one in efforts}
    for distance in DISTANCES:
        word = said.get(distance.key)
        if word is not None and word.verdict == "measured" and word.elapsed_s is not None:
            shown[distance.key] = Effort(distance, 0.0, word.elapsed_s, measured=True)
    return [shown[one.key] for one in DISTANCES if one.key in shown]


def corrected_timed(
    efforts: list[TimedEffort], said: Mapping[str, Correction]
) -> list[TimedEffort]:
    """The same of efforts over times."""
    return [
        replace(one, reason=SAID_NOT_TO_COUNT) if _is_discounted(one.duration.key, said) else one
        for one in efforts
    ]


def _discounted(effort: Effort, said: Mapping[str, Correction]) -> Effort:
    if _is_discounted(effort.distance.key, said):
        return replace(effort, reason=SAID_NOT_TO_COUNT)
    return effort


def _is_discounted(key: str, said: Mapping[str, Correction]) -> bool:
    return any(
        word is not None and word.verdict == "does_not_count"
        for word in (said.get(key), said.get(EVERY))
    )


def _check_measured(
    distance: Distance, elapsed_s: float | None, view: activities.ActivityView
) -> None:
    if elapsed_s is None or elapsed_s < distance.fastest_known_s:
        raise InvalidInputError(
            _("Nobody has run %(distance)s that fast.") % {"distance": distance.name},
            next_step=_("check the time"),
        )
    if view.distance_m is not None and view.distance_m * LENGTH_SHARE < distance.distance_m:
        raise InvalidInputError(
            _("This activity is much shorter than %(distance)s.") % {"distance": distance.name},
            next_step=_("correct the distance of the activity first"),
        )


def _correction(row: EffortCorrection) -> Correction:
    verdict: Verdict | None = None
    if row.verdict is not None:
        verdict = "measured" if row.verdict == "measured" else "does_not_count"
    return Correction(row.activity_id, row.effort, row.version, verdict, row.elapsed_s, row.said_at)
