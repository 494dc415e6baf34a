"""The log: the list with its filters, its calendar, and what is done to many activities at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from strideiq.activities import bulk, calendar, lent, log, search, views
from strideiq.activities.activity_view import ActivityView
from strideiq.activities.filters import Filters, chips, read_filters
from strideiq.activities.sparklines import sparklines
from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import by_htmx, formats, render

PAGE_SIZE = 50
TOLD = ("act", "count", "at", "undo")
"""What an address tells once, of something that was just done."""

router = APIRouter(prefix="/activities", include_in_schema=False)


@router.get("", name="activities")
def activity_list(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    before: UUID | None = None,
    *,
    deleted: bool = False,
    undo: UUID | None = None,
) -> Response:
    """Show the log: the newest first, or as the address orders and filters it."""
    filters = read_filters(request.query_params, formats(request))
    page, more = _page(session, athlete, filters, before, deleted=deleted)
    dated = filters.sort == "date"
    context: dict[str, Any] = {
        "months": list(log.by_month(page, athlete.time_zone)) if dated else [(None, page)],
        "totals": _totals(session, athlete, filters) if dated and not deleted else {},
        "lines": sparklines(session, athlete.athlete_id, [one.activity_id for one in page]),
        "last": page[-1].activity_id if more else None,
        "continued_from": _month_above(session, athlete, before) if dated else None,
        "filters": filters,
        "deleted": deleted,
        "older": filters.address(
            formats(request),
            before=str(page[-1].activity_id) if more else "",
            deleted="true" if deleted else "",
        ),
    }
    if before is not None and by_htmx(request):
        return render(request, "activities/_rows.html", **context)
    return render(
        request,
        "activities/list.html",
        undo=_deleted(session, athlete, undo),
        done=_done(request.query_params),
        **_around(request, session, athlete, filters),
        **context,
    )


@router.get("/calendar")
def calendar_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    month: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show a month of the log as a grid of weeks."""
    filters = read_filters(request.query_params, formats(request))
    today = datetime.now(ZoneInfo(athlete.time_zone)).date()
    shown = calendar.read_month(month, today)
    first, last = calendar.days_of(shown)
    entries = search.between(session, athlete.athlete_id, athlete.time_zone, filters, first, last)
    weeks = calendar.weeks(shown, entries)
    return render(
        request,
        "activities/calendar.html",
        month=shown,
        today=today,
        weeks=weeks,
        longest_m=max((one.distance_m or 0.0 for one in entries), default=0.0),
        before=calendar.before(shown),
        after=calendar.after(shown),
        deleted=False,
        **_around(request, session, athlete, filters),
        filters=filters,
    )


@router.get("/lent")
def lent_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    before: datetime | None = None,
) -> Response:
    """Show what services lend: apart from the log, because nothing of it may be summed."""
    now = datetime.now(UTC)
    found = lent.listed(session, athlete.athlete_id, now, PAGE_SIZE + 1, before)
    return render(
        request,
        "activities/lent.html",
        activities=found[:PAGE_SIZE],
        more=len(found) > PAGE_SIZE,
    )


@router.post("/bulk")
def bulk_change(  # noqa: PLR0913  one parameter per field of the form
    session: DatabaseSession,
    athlete: CurrentAthlete,
    act: Annotated[str, Form(max_length=20)],
    ids: Annotated[list[UUID] | None, Form()] = None,
    *,
    sport: Annotated[str, Form(max_length=60)] = "",
    gear_id: Annotated[str, Form(max_length=40)] = "",
    race: Annotated[str, Form(max_length=10)] = "",
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Change what is chosen in the list, and offer to take it back."""
    values = {"sport": sport, "gear_id": gear_id, "race": race}
    value = values.get(act, "").strip() or None
    if act == "sport" and value is None:
        raise InvalidInputError(_("There is no sport."), next_step=_("write one, such as trail"))
    done = bulk.apply(session, athlete.athlete_id, ids or [], act, value)
    told = {"act": done.act, "count": str(done.activities), "at": done.at.isoformat()}
    return RedirectResponse(_back(back, told), status_code=303)


@router.post("/bulk/undo")
def bulk_undo(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    act: Annotated[str, Form(max_length=20)],
    at: Annotated[datetime, Form()],
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take back what a change of many has said."""
    bulk.undo(session, athlete.athlete_id, act, at)
    return RedirectResponse(_back(back, {}), status_code=303)


def _page(
    session: Session,
    athlete: AthleteView,
    filters: Filters,
    before: UUID | None,
    *,
    deleted: bool,
) -> tuple[list[ActivityView], bool]:
    """One page, and whether there is more."""
    if deleted:
        found = views.list_activities(
            session, athlete.athlete_id, PAGE_SIZE + 1, before, deleted=True
        )
    else:
        found = search.found(
            session, athlete.athlete_id, athlete.time_zone, filters, PAGE_SIZE + 1, before
        )
    return found[:PAGE_SIZE], len(found) > PAGE_SIZE


def _around(
    request: Request, session: Session, athlete: AthleteView, filters: Filters
) -> dict[str, Any]:
    """What list and calendar share: the sports, the filters in force, the choices of gear."""
    gear = search.gear_names(session, athlete.athlete_id)
    return {
        "counts": log.sports(session, athlete.athlete_id),
        "lent": lent.anything(session, athlete.athlete_id),
        "chips": chips(filters, formats(request), gear),
        "gear": gear,
        "said": filters.params(formats(request)),
        "address": lambda path="/activities", **more: filters.address(
            formats(request), path, **more
        ),
        "without_sport": replace(filters, sport="").address(formats(request), request.url.path),
    }


def _totals(session: Session, athlete: AthleteView, filters: Filters) -> Mapping[date, log.Month]:
    return search.months(session, athlete.athlete_id, athlete.time_zone, filters)


def _month_above(session: Session, athlete: AthleteView, before: UUID | None) -> date | None:
    """The month that the page before this one ended in, whose heading stands there already."""
    if before is None:
        return None
    last = views.activity(session, athlete.athlete_id, before)
    return log.month_of(last, athlete.time_zone)


def _deleted(session: Session, athlete: AthleteView, undo: UUID | None) -> ActivityView | None:
    found = views.activity(session, athlete.athlete_id, undo) if undo else None
    return found if found and found.deleted_at else None


def _done(params: Mapping[str, str]) -> dict[str, str] | None:
    """What the address says of a change of many that was just made."""
    told = {name: params.get(name, "") for name in ("act", "count", "at")}
    return told if told["act"] in bulk.ACTS and told["count"].isdecimal() and told["at"] else None


def _back(said: str, told: dict[str, str]) -> str:
    """The list as it was, by the parameters that the form has kept."""
    kept = {name: value for name, value in parse_qsl(said) if name not in TOLD}
    params = kept | told
    return f"/activities?{urlencode(params)}" if params else "/activities"
