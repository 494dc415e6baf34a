"""Fields changed in place, their history, and the choice of a source: with and without scripts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from strideiq.activities import field_forms, meanwhile, merging, sources, views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.annotations import annotate, annotation_history, lock, restore_version
from strideiq.activities.errors import FieldValueError
from strideiq.activities.field_forms import ShownField
from strideiq.activities.source_views import said_by_sources
from strideiq.athletes.public import CurrentAthlete, made_once
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import by_htmx, formats, render

router = APIRouter(prefix="/activities", include_in_schema=False)


@router.get("/{activity_id}/fields/{name}")
def field_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    name: str,
) -> Response:
    """Give the form of a field: as a part for HTMX, else a page with the field's history."""
    activity = views.activity(session, athlete.athlete_id, activity_id)
    field = field_forms.shown_field(activity, name, formats(request))
    if by_htmx(request):
        return render(
            request, "activities/_field_form.html", activity=activity, field=field, error=None
        )
    return _page(request, session, athlete.athlete_id, activity, field)


@router.get("/{activity_id}/fields/{name}/shown")
def field_shown(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    name: str,
) -> Response:
    """Give a field back as it was, when nothing is to be changed after all."""
    return _shown(request, session, athlete.athlete_id, activity_id, name)


@router.post("/{activity_id}/fields/{name}")
def change_field(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    name: str,
    value: Annotated[str, Form()] = "",
    opened_with: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    """Say what a field is; an empty one shows the original again.

    What was changed since the form was opened is told before it is overwritten.
    """
    if meanwhile.untouched(value, opened_with):
        return _shown(request, session, athlete.athlete_id, activity_id, name)
    lock(session, athlete.athlete_id, activity_id)
    activity = views.activity(session, athlete.athlete_id, activity_id)
    shown = formats(request)
    now = field_forms.shown_field(activity, name, shown)
    try:
        meanwhile.refuse_unseen_change(now.text, now.value, value, opened_with)
        changes, wanted = field_forms.said(activity, name, value, shown)
        if changes:
            annotate(session, athlete.athlete_id, activity_id, name, wanted)
    except FieldValueError as error:
        return refused(request, session, athlete.athlete_id, activity, (name, value, error))
    return _shown(request, session, athlete.athlete_id, activity_id, name)


@router.post("/{activity_id}/fields/{name}/restore")
def restore_field(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    name: str,
    version: Annotated[int, Form(ge=0)],
) -> Response:
    """Say again what an earlier version said; 0 shows the original."""
    restore_version(session, athlete.athlete_id, activity_id, name, version)
    if by_htmx(request):
        return _shown(request, session, athlete.athlete_id, activity_id, name)
    return RedirectResponse(f"/activities/{activity_id}/fields/{name}", status_code=303)


@router.post("/{activity_id}/sources")
def choose_source(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    field: Annotated[str, Form(max_length=40)],
    source: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Have a source count for a field or for everything; an empty one takes the choice back."""
    sources.choose_source(session, athlete.athlete_id, activity_id, field, source or None)
    where = f"/fields/{field}" if field in field_forms.LABELS else "#sources"
    return RedirectResponse(f"/activities/{activity_id}{where}", status_code=303)


@router.post("/{activity_id}/sources/apart")
@made_once
def set_apart(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    source: Annotated[str, Form(max_length=200)],
) -> Response:
    """Make an activity of its own of what one source says, and show it."""
    new = merging.set_apart(session, athlete.athlete_id, activity_id, source)
    return RedirectResponse(f"/activities/{new}", status_code=303)


@router.post("/{activity_id}/merge")
def merge(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    other_id: Annotated[UUID, Form()],
) -> Response:
    """Have this activity stand for another one, too."""
    merging.merge(session, athlete.athlete_id, activity_id, other_id)
    return RedirectResponse(f"/activities/{activity_id}#sources", status_code=303)


@router.post("/{activity_id}/unmerge")
def unmerge(session: DatabaseSession, athlete: CurrentAthlete, activity_id: UUID) -> Response:
    """Bring this activity back, which was merged into another one."""
    merging.unmerge(session, athlete.athlete_id, activity_id)
    return RedirectResponse(f"/activities/{activity_id}", status_code=303)


@router.post("/{activity_id}/apart")
def keep_apart(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    activity_id: UUID,
    other_id: Annotated[UUID, Form()],
) -> Response:
    """Say that two activities at one time are two."""
    merging.keep_apart(session, athlete.athlete_id, activity_id, other_id)
    return RedirectResponse(f"/activities/{activity_id}#sources", status_code=303)


def _shown(
    request: Request, session: Session, athlete_id: UUID, activity_id: UUID, name: str
) -> Response:
    activity = views.activity(session, athlete_id, activity_id)
    field = field_forms.shown_field(activity, name, formats(request))
    if not by_htmx(request):
        return RedirectResponse(f"/activities/{activity_id}#field-{name}", status_code=303)
    return render(request, "activities/_field.html", activity=activity, field=field, focus=True)


def refused(
    request: Request,
    session: Session,
    athlete_id: UUID,
    activity: ActivityView,
    what: tuple[str, str, FieldValueError],
) -> Response:
    """The form again, with what was typed and what is wrong with it."""
    name, text, error = what
    field = field_forms.shown_field(activity, name, formats(request))
    if by_htmx(request):
        return render(
            request,
            "activities/_field_form.html",
            status_code=error.http_status,
            activity=activity,
            field=field,
            error=error,
            typed=text,
        )
    return _page(request, session, athlete_id, activity, field, typed=text, error=error)


def _page(
    request: Request,
    session: Session,
    athlete_id: UUID,
    activity: ActivityView,
    field: ShownField,
    *,
    typed: str | None = None,
    error: FieldValueError | None = None,
) -> Response:
    shown = formats(request).in_zone(activity.clock_zone)
    history = annotation_history(session, athlete_id, activity.activity_id, field.name)
    return render(
        request,
        "activities/field.html",
        status_code=200 if error is None else error.http_status,
        activity=activity,
        field=field,
        history=[(each, field_forms.as_shown(field.name, each.value, shown)) for each in history],
        said=said_by_sources(session, athlete_id, activity, field.name, shown),
        typed=field.text if typed is None else typed,
        error=error,
    )
