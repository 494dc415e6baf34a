"""The pages of activities: the list, one activity, and what an athlete does to one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.activities import activity_page as activity_pages
from strideiq.activities import lent, meanwhile, service, views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.annotations import lock
from strideiq.activities.errors import ChangedFieldError
from strideiq.activities.field_routes import refused
from strideiq.activities.panels import panels
from strideiq.activities.sparklines import sparklines
from strideiq.athletes.public import CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import by_htmx, formats, render

router = APIRouter(prefix="/activities", include_in_schema=False)


@router.get("/{activity_id}")
def activity_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    splits: Annotated[str, Query(max_length=8)] = "",
    *,
    private: bool = False,
) -> Response:
    """Show one activity with its charts, track and splits; ``private`` hides nothing."""
    activity = lent.overlaid(
        session,
        athlete.athlete_id,
        views.activity(session, athlete.athlete_id, activity_id),
        datetime.now(UTC),
    )
    page = activity_pages.activity_page(
        session,
        athlete.athlete_id,
        activity,
        formats(request),
        split_kind=splits,
        whole=private,
    )
    return render(
        request,
        "activities/activity.html",
        activity=activity,
        page=page,
        private=private,
        zone=activity.clock_zone,
        next_to=page.around,
        panels=panels("figures", session, athlete.athlete_id, activity),
        foot=panels("foot", session, athlete.athlete_id, activity),
    )


@router.get("/{activity_id}/name")
def name_form(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    *,
    title: bool = False,
) -> Response:
    """Give the field in which a name is changed in place."""
    activity = views.activity(session, athlete.athlete_id, activity_id)
    if not by_htmx(request):
        return RedirectResponse(f"/activities/{activity_id}", status_code=303)
    return _name_form(request, activity, title=title)


@router.get("/{activity_id}/name/shown")
def name_shown(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    *,
    title: bool = False,
) -> Response:
    """Give the name back as it was, when nothing is to be changed after all."""
    activity = views.activity(session, athlete.athlete_id, activity_id)
    return _name(request, activity, title=title)


@router.post("/{activity_id}/name")
def rename(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    name: Annotated[str, Form()] = "",
    opened_with: Annotated[str, Form(max_length=16)] = "",
    *,
    title: Annotated[bool, Form()] = False,
) -> Response:
    """Change the name; an empty one shows the original again."""
    wanted = name.strip() or None
    lock(session, athlete.athlete_id, activity_id)
    activity = views.activity(session, athlete.athlete_id, activity_id)
    if meanwhile.untouched(name, opened_with):
        return _name(request, activity, title=title)
    try:
        meanwhile.refuse_unseen_change(activity.name, activity.name, name, opened_with)
    except ChangedFieldError as error:
        if not by_htmx(request):
            told = ("name", name, error)
            return refused(request, session, athlete.athlete_id, activity, told)
        return _name_form(request, activity, title=title, typed=name, error=error)
    if wanted != (activity.name if activity.name_changed else None):
        unchanged = wanted == activity.original_name
        service.rename(session, athlete.athlete_id, activity_id, None if unchanged else wanted)
    activity = views.activity(session, athlete.athlete_id, activity_id)
    return _name(request, activity, title=title)


@router.post("/{activity_id}/delete")
def delete(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, activity_id: UUID
) -> Response:
    """Put a tombstone on the activity, and offer to take it back."""
    service.delete(session, athlete.athlete_id, activity_id)
    if not by_htmx(request):
        return RedirectResponse(f"/activities?undo={activity_id}", status_code=303)
    activity = views.activity(session, athlete.athlete_id, activity_id)
    return render(request, "activities/_deleted_row.html", activity=activity)


@router.post("/{activity_id}/undelete")
def undelete(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, activity_id: UUID
) -> Response:
    """Take a deletion back."""
    service.undelete(session, athlete.athlete_id, activity_id)
    if not by_htmx(request):
        return RedirectResponse(f"/activities/{activity_id}", status_code=303)
    activity = views.activity(session, athlete.athlete_id, activity_id)
    lines = sparklines(session, athlete.athlete_id, [activity_id])
    return render(
        request,
        "activities/_row.html",
        activity=activity,
        line=lines.get(activity_id),
    )


def _name_form(
    request: Request,
    activity: ActivityView,
    *,
    title: bool,
    typed: str | None = None,
    error: ChangedFieldError | None = None,
) -> Response:
    return render(
        request,
        "activities/_name_form.html",
        status_code=error.http_status if error else 200,
        activity=activity,
        title=title,
        typed=activity.name if typed is None else typed,
        opened_with=meanwhile.mark(activity.name),
        error=error,
    )


def _name(request: Request, activity: ActivityView, *, title: bool) -> Response:
    if not by_htmx(request):
        return RedirectResponse(f"/activities/{activity.activity_id}", status_code=303)
    return render(request, "activities/_name.html", activity=activity, title=title, focus=True)
