"""The pages of wellness: a day with its check-in, trends beside training, what goes together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse, StreamingResponse
from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import by_htmx, render
from strideiq.wellness import check_ins, food, injuries, questions, table, trends
from strideiq.wellness.daily import daily
from strideiq.wellness.fields import FIELDS, KG_PER_POUND, CheckInError, field_of
from strideiq.wellness.record_routes import router as records_router

STRIP_DAYS = 14
RANGES = {"90": 90, "365": 365, "1095": 1095}
CHARTS = (
    "load",
    "sleep_h",
    "hrv_ms",
    "resting_heart_rate_bpm",
    "weight_kg",
    "mood",
    "soreness",
    "stress",
)

router = APIRouter(prefix="/wellness", include_in_schema=False)
router.include_router(records_router)

Range = Literal["90", "365", "1095"]


@router.get("")
def today_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show today's check-in."""
    return _day_page(request, session, athlete, _today(session, athlete))


@router.get("/days/{day}")
def day_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, day: date
) -> Response:
    """Show a day with all that was said of it."""
    check_ins.check_day(session, athlete.athlete_id, day)
    return _day_page(request, session, athlete, day)


@router.post("/days/{day}/say")
def say(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    day: date,
    field: Annotated[str, Form()],
    value: Annotated[str, Form()] = "",
) -> Response:
    """Keep what is said of one field; answers with a word beside it, and a way back."""
    try:
        said = check_ins.say(
            session, athlete.athlete_id, day, field, value, pounds=_pounds(athlete)
        )
    except CheckInError as error:
        if not by_htmx(request):
            raise
        return render(request, "wellness/_refused.html", status_code=error.http_status, error=error)
    if not by_htmx(request):
        return RedirectResponse(f"/wellness/days/{day}", status_code=303)
    return render(request, "wellness/_saved.html", said=said, day=day)


@router.post("/days/{day}/undo")
def undo(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    day: date,
    field: Annotated[str, Form()],
    version: Annotated[int, Form()],
) -> Response:
    """Say again what was said before."""
    said = check_ins.undo(session, athlete.athlete_id, day, field, version)
    if not by_htmx(request):
        return RedirectResponse(f"/wellness/days/{day}", status_code=303)
    return render(
        request,
        "wellness/_field.html",
        field=field_of(field),
        day=day,
        said={field: said},
        usual={},
        pounds=_pounds(athlete),
        kg_per_pound=KG_PER_POUND,
        undone=True,
    )


@router.get("/days/{day}/history")
def history_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, day: date
) -> Response:
    """Show everything that was ever said of a day."""
    return render(
        request,
        "wellness/history.html",
        day=day,
        entries=check_ins.history(session, athlete.athlete_id, day),
        fields=FIELDS,
    )


@router.get("/trends")
def trends_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    days: Range = "365",
) -> Response:
    """Show sleep, heart and weight beside the load, over the same days."""
    today = _today(session, athlete)
    count = RANGES[days]
    known = daily(session, athlete.athlete_id, today - timedelta(days=count - 1), today)
    if athlete.units == "imperial":
        known.series["weight_kg"] /= KG_PER_POUND
    shapes = [trends.shape(name, known.series[name], bars=name == "load") for name in CHARTS]
    hurt = [
        (one.began_on, one.ended_on or today) for one in injuries.every(session, athlete.athlete_id)
    ]
    return render(
        request,
        "wellness/trends.html",
        shapes=[shape for shape in shapes if shape is not None],
        ticks=trends.ticks(known.first_day, count),
        hurt=trends.spans(known.first_day, count, hurt),
        days=days,
        fields=FIELDS,
        weight_unit="lb" if athlete.units == "imperial" else "kg",
    )


@router.get("/relations")
def relations_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show what goes together, what does not, and what cannot be told yet."""
    today = _today(session, athlete)
    known = daily(
        session, athlete.athlete_id, today - timedelta(days=questions.RELATION_DAYS - 1), today
    )
    return render(
        request,
        "wellness/relations.html",
        answers=questions.answers(known.series),
        series=questions.SERIES,
        missing=questions.missing,
    )


@router.get("/check-ins.csv")
def check_ins_csv(session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Give every check-in as a table."""
    lines = list(table.write(session, athlete.athlete_id))
    headers = {"Content-Disposition": 'attachment; filename="check-ins.csv"'}
    return StreamingResponse(iter(lines), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/check-ins.csv")
def bring_check_ins(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    file: Annotated[UploadFile, File()],
) -> Response:
    """Take check-ins from a table."""
    content = file.file.read(table.SIZE_MAX_BYTES + 1)
    brought = table.bring(session, athlete.athlete_id, content)
    return render(request, "wellness/brought.html", brought=brought)


def _day_page(request: Request, session: Session, athlete: AthleteView, day: date) -> Response:
    today = _today(session, athlete)
    meals = food.of_day(session, athlete.athlete_id, day)
    since = day - timedelta(days=STRIP_DAYS - 1)
    return render(
        request,
        "wellness/day.html",
        day=day,
        today=today,
        said=check_ins.day_of(session, athlete.athlete_id, day),
        usual=check_ins.usual(session, athlete.athlete_id, day),
        fields=FIELDS,
        strip=check_ins.days(session, athlete.athlete_id, since, day),
        strip_days=[day - timedelta(days=number) for number in range(STRIP_DAYS)],
        meals=meals,
        meal_totals=food.totals(meals),
        meal_words=food.MEALS,
        hurts=injuries.on(session, athlete.athlete_id, day),
        severities=injuries.SEVERITIES,
        pounds=_pounds(athlete),
        kg_per_pound=KG_PER_POUND,
        one_day=timedelta(days=1),
    )


def _today(session: Session, athlete: AthleteView) -> date:
    return check_ins.today_of(session, athlete.athlete_id)


def _pounds(athlete: AthleteView) -> bool:
    return athlete.units == "imperial"
