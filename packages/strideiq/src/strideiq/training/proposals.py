"""Proposals of an athlete: found when somebody looks, kept when decided, undone when asked.

Looking stores nothing. A proposal has an id that follows from what it would change, so that what
is accepted is what was shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.athletes import public as athletes
from strideiq.fitness import public as fitness
from strideiq.physiology.public import OutsideModelError
from strideiq.training import plans, standing, views
from strideiq.training.adaptation import Adaptation, Situation, adaptations
from strideiq.training.documents import reason_from
from strideiq.training.errors import NoSuchProposalError
from strideiq.training.models import PlanProposal
from strideiq.training.planning.engine import make_plan
from strideiq.training.planning.reasons import PlanningError, Reason
from strideiq.training.planning.structure import Structure
from strideiq.training.targets import Targets
from strideiq.training.views import PlanView
from strideiq.training.workouts import annotate, history

QUIET_DAYS = 7
"""After a decision, the same cause proposes nothing for so long."""

IllnessSource = Callable[[Session, UUID, date], date | None]
"""The last day of an illness that goes on at a day, as another feature knows it."""

_illness_sources: list[IllnessSource] = []


@dataclass(frozen=True)
class Proposal:
    """An adaptation that can be accepted under this id."""

    proposal_id: UUID
    adaptation: Adaptation


@dataclass(frozen=True)
class Decided:
    """A proposal that was accepted, rejected or undone."""

    proposal_id: UUID
    plan_id: UUID
    reason: Reason
    decision: str
    decided_at: datetime
    workouts: int


def add_illness_source(source: IllnessSource) -> None:
    """Have ``source`` asked whether the athlete is ill; registering twice is once."""
    if source not in _illness_sources:
        _illness_sources.append(source)


def open_of_plan(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    *,
    today: date | None = None,
    ill_until: date | None = None,
) -> list[Proposal]:
    """What is proposed for a plan today; nothing for one that is put away."""
    plan = views.plan(session, athlete_id, plan_id)
    if plan.archived_at or plan.deleted_at:
        return []
    when = today or standing.today_of(athletes.time_zone_of(session, athlete_id))
    if when > plan.race_day:
        return []
    situation = _situation(session, athlete_id, plan, when, ill_until)
    quiet = _quiet_causes(session, athlete_id, plan_id, when)
    return [
        Proposal(_id(plan_id, each), each)
        for each in adaptations(situation)
        if each.cause not in quiet
    ]


def accept(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    proposal_id: UUID,
    *,
    today: date | None = None,
    ill_until: date | None = None,
) -> None:
    """Say of each workout what was proposed; the caller commits.

    Raises:
        NoSuchProposalError: things have changed, and this is not what is proposed any more.
    """
    proposal = _find(session, athlete_id, plan_id, proposal_id, today, ill_until)
    changes = []
    for change in proposal.adaptation.changes:
        workout_id = change.workout.workout_id
        before = _newest(session, athlete_id, workout_id)
        changes.append(
            {
                "workout_id": str(workout_id),
                "before": {field: before.get(field) for field in change.said},
                "said": dict(change.said),
            }
        )
        annotate(session, athlete_id, workout_id, change.said, proposal_id)
    _keep(session, athlete_id, plan_id, proposal, "accepted", changes, today)


def reject(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    proposal_id: UUID,
    *,
    today: date | None = None,
    ill_until: date | None = None,
) -> None:
    """Keep that the athlete does not want it; nothing else changes.

    Raises:
        NoSuchProposalError: it is not what is proposed any more.
    """
    proposal = _find(session, athlete_id, plan_id, proposal_id, today, ill_until)
    _keep(session, athlete_id, plan_id, proposal, "rejected", [], today)


def undo(session: Session, athlete_id: UUID, proposal_id: UUID) -> UUID:
    """Take an accepted proposal back; what the athlete has changed since stays. Gives its plan.

    Raises:
        NoSuchProposalError: there is no such accepted proposal.
    """
    row = session.get(PlanProposal, (athlete_id, proposal_id), with_for_update=True)
    if row is None or row.decision != "accepted":
        raise _gone()
    for change in row.changes:
        workout_id = UUID(change["workout_id"])
        newest = {each.field: each for each in history(session, athlete_id, workout_id)}
        back = {
            field: value
            for field, value in change["before"].items()
            if newest[field].proposal_id == proposal_id
        }
        annotate(session, athlete_id, workout_id, back)
    row.decision, row.decided_at = "undone", datetime.now(UTC)
    session.flush()
    return row.plan_id


def decided_of_plan(session: Session, athlete_id: UUID, plan_id: UUID) -> list[Decided]:
    """What was decided about a plan, the newest first."""
    rows = session.scalars(
        select(PlanProposal)
        .where(PlanProposal.athlete_id == athlete_id, PlanProposal.plan_id == plan_id)
        .order_by(PlanProposal.decided_at.desc())
    )
    return [
        Decided(
            row.proposal_id,
            row.plan_id,
            reason_from(row.reasons[0]),
            row.decision or "",
            row.decided_at or row.created_at,
            len(row.changes),
        )
        for row in rows
    ]


def _situation(
    session: Session, athlete_id: UUID, plan: PlanView, today: date, ill_until: date | None
) -> Situation:
    status = fitness.status(session, athlete_id, today)
    index = standing.current_index(session, athlete_id, today)
    return Situation(
        today=today,
        workouts=views.workouts_of_plan(session, athlete_id, plan.plan_id),
        speeds_mps=Targets.of(plan.request.index, plan.goal_distance_m).speeds_mps,
        fitness=None if status is None else status.fitness,
        form=None if status is None else status.form,
        ill_until=ill_until or _ill_until(session, athlete_id, today),
        index=index,
        made_index=plan.request.index,
        remade=_remade(plan, index),
    )


def _ill_until(session: Session, athlete_id: UUID, today: date) -> date | None:
    known = (source(session, athlete_id, today) for source in _illness_sources)
    return max((day for day in known if day is not None), default=None)


def _remade(plan: PlanView, index: float | None) -> Mapping[date, tuple[str, Structure]] | None:
    """The same plan from the same start, made at another index."""
    if index is None:
        return None
    wish = plans.resumed(
        plan.request,
        today=plan.request.start_day,
        index=index,
        weekly_distance_m=plan.request.weekly_distance_m,
    )
    try:
        return {each.day: (each.session, each.structure) for each in make_plan(wish).workouts}
    except (PlanningError, OutsideModelError):
        return None


def _quiet_causes(session: Session, athlete_id: UUID, plan_id: UUID, today: date) -> set[str]:
    rows = session.scalars(
        select(PlanProposal.cause).where(
            PlanProposal.athlete_id == athlete_id,
            PlanProposal.plan_id == plan_id,
            PlanProposal.decision.in_(("accepted", "rejected")),
            PlanProposal.proposed_on > today - timedelta(days=QUIET_DAYS),
        )
    )
    return set(rows)


def _find(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    proposal_id: UUID,
    today: date | None,
    ill_until: date | None,
) -> Proposal:
    for each in open_of_plan(session, athlete_id, plan_id, today=today, ill_until=ill_until):
        if each.proposal_id == proposal_id:
            return each
    raise _gone()


def _keep(
    session: Session,
    athlete_id: UUID,
    plan_id: UUID,
    proposal: Proposal,
    decision: str,
    changes: list[dict[str, Any]],
    today: date | None,
) -> None:
    when = today or standing.today_of(athletes.time_zone_of(session, athlete_id))
    session.merge(
        PlanProposal(
            athlete_id=athlete_id,
            proposal_id=proposal.proposal_id,
            plan_id=plan_id,
            cause=proposal.adaptation.cause,
            reasons=[proposal.adaptation.reason.as_document()],
            changes=changes,
            proposed_on=when,
            decided_at=datetime.now(UTC),
            decision=decision,
        )
    )
    session.flush()


def _newest(session: Session, athlete_id: UUID, workout_id: UUID) -> dict[str, Any]:
    return {each.field: each.value for each in history(session, athlete_id, workout_id)}


def _id(plan_id: UUID, adaptation: Adaptation) -> UUID:
    changes = [[str(each.workout.workout_id), dict(each.said)] for each in adaptation.changes]
    return uuid5(plan_id, json.dumps([adaptation.cause, changes], sort_keys=True))


def _gone() -> NoSuchProposalError:
    return NoSuchProposalError(
        "This is not proposed any more: something has changed since.",
        next_step="open the plan again and look at what is proposed now",
    )
