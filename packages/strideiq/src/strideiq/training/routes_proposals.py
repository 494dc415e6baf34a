"""Deciding about what is proposed for a plan."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render
from strideiq.training import matches, proposals, views, words
from strideiq.training.pages import Presenter

router = APIRouter(prefix="/plans/{plan_id}/proposals", include_in_schema=False)


@router.get("")
def proposals_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    plan_id: UUID,
    ill_until: date | None = None,
) -> Response:
    """Show what is proposed, workout by workout, and what was decided before."""
    plan = views.plan(session, athlete.athlete_id, plan_id)
    presenter = Presenter(session, athlete)
    found = proposals.open_of_plan(session, athlete.athlete_id, plan_id, ill_until=ill_until)
    shown = [
        (
            each.proposal_id,
            words.say(each.adaptation.reason, presenter.f),
            [
                (presenter.show(change.workout), presenter.show(change.after))
                for change in each.adaptation.changes
            ],
        )
        for each in found
    ]
    decided = [
        (each, words.say(each.reason, presenter.f))
        for each in proposals.decided_of_plan(session, athlete.athlete_id, plan_id)
    ]
    return render(
        request,
        "training/proposals.html",
        plan=plan,
        proposals=shown,
        decided=decided,
        ill_until=ill_until,
        today=presenter.today,
        words=words,
    )


@router.post("/{proposal_id}")
def decide(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    plan_id: UUID,
    proposal_id: UUID,
    decision: Annotated[Literal["accept", "reject", "undo"], Form()],
    ill_until: Annotated[date | None, Form()] = None,
) -> Response:
    """Accept, reject, or take an acceptance back."""
    if decision == "undo":
        proposals.undo(session, athlete.athlete_id, proposal_id)
    else:
        act = proposals.accept if decision == "accept" else proposals.reject
        act(session, athlete.athlete_id, plan_id, proposal_id, ill_until=ill_until)
    matches.rematch_plan(session, athlete.athlete_id, plan_id)
    return RedirectResponse(f"/plans/{plan_id}/proposals", status_code=303)
