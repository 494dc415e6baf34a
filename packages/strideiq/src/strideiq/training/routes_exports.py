"""What leaves the application: workout files, the PDF of a plan, and the calendar feed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import CurrentAthlete, athlete_of, made_once
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import NotFoundError
from strideiq.platform.language import current, speaking
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import render
from strideiq.training import views
from strideiq.training.exports import feed, fit_file, paper
from strideiq.training.pages import Presenter, load_plan

router = APIRouter(include_in_schema=False)

NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9]+")


@router.get("/workouts/{workout_id}/workout.fit")
def workout_fit(session: DatabaseSession, athlete: CurrentAthlete, workout_id: UUID) -> Response:
    """Give a workout as a FIT file, at today's paces."""
    workout = views.workout(session, athlete.athlete_id, workout_id)
    presenter = Presenter(session, athlete)
    shown = presenter.show(workout)
    content = fit_file.workout_file(
        f"{workout.day:%d.%m.} {shown.title}",
        workout.structure,
        presenter.targets(workout),
        workout_id,
        datetime.now(UTC),
    )
    name = f"{workout.day}-{_file_name(workout.session)}.fit"
    return _download(content, "application/vnd.ant.fit", name)


@router.get("/plans/{plan_id}/plan.pdf")
def plan_pdf(session: DatabaseSession, athlete: CurrentAthlete, plan_id: UUID) -> Response:
    """Give a plan as a PDF."""
    plan, workouts = load_plan(session, athlete, plan_id)
    presenter = Presenter(session, athlete)
    content = paper.plan_pdf(plan, presenter.weeks(plan, workouts), presenter.f)
    return _download(content, "application/pdf", f"{_file_name(plan.name)}.pdf")


@router.get("/calendar/feed", name="calendar_feed")
def feed_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Say whether there is an address for other calendars, and offer to make or revoke one."""
    return render(
        request,
        "training/feed.html",
        feed=feed.current(session, athlete.athlete_id),
        address=None,
    )


@router.post("/calendar/feed")
@made_once
def change_feed(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    act: Annotated[str, Form()] = "open",
) -> Response:
    """Make an address, which is shown this once, or revoke the one there is."""
    if act == "revoke":
        feed.revoke(session, athlete.athlete_id)
        return RedirectResponse("/calendar/feed", status_code=303)
    token = feed.open_feed(session, athlete.athlete_id)
    return render(
        request,
        "training/feed.html",
        feed=feed.current(session, athlete.athlete_id),
        address=str(request.base_url) + f"calendar/feed/{token}.ics",
    )


@router.get("/calendar/feed/{token}.ics")
def feed_document(session: DatabaseSession, token: str) -> Response:
    """Give the plans of whoever made this address; it is the only key that is asked for."""
    athlete_id = feed.owner(session, token)
    if athlete_id is None:
        raise NotFoundError(
            _("This address gives nothing (any more)."),
            next_step=_("make a new one in the calendar"),
        )
    athlete = athlete_of(session, athlete_id)
    # A calendar says nothing of the language of whoever reads it.
    with speaking(athlete.language or current()):
        presenter = Presenter(session, athlete)
        workouts = views.workouts_between(session, athlete_id, *feed.span(presenter.today))
        shown = [presenter.show(each) for each in workouts]
        content = feed.document("StrideIQ", shown, presenter.f, datetime.now(UTC))
    return Response(content, media_type="text/calendar; charset=utf-8")


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _file_name(text: str) -> str:
    return NOT_OF_A_NAME.sub("-", text).strip("-").lower() or "plan"
