"""The form that a plan is wished for with: defaults from the last weeks, and what it says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from strideiq.physiology.public import OutsideModelError, Race, index_of_race
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.formats import Formats
from strideiq.platform.language import gettext as _
from strideiq.training.planning.goals import demands_of
from strideiq.training.planning.request import EXPERIENCES, Request, Span, monday_of
from strideiq.training.standing import Standing

GOALS_M = {
    "5k": 5_000.0,
    "10k": 10_000.0,
    "15k": 15_000.0,
    "half": 21_097.5,
    "marathon": 42_195.0,
    "50k": 50_000.0,
}
"""The usual races by the value that the form sends."""

EXPERIENCED_M, REGULAR_M = 60_000.0, 15_000.0
DEFAULT_WEEKS_BEYOND = 6
TIME_PARTS_MAX = 3


class PlanForm(BaseModel):
    """What was typed, as it was typed, so that a page with an error shows it again."""

    name: str = ""
    goal: str = "half"
    other_distance: str = ""
    race_day: str = ""
    start_day: str = ""
    weekdays: list[str] = []
    long_run_weekday: str = "6"
    weekly_distance: str = ""
    longest_run: str = ""
    limit: str = ""
    experience: str = "regular"
    index: str = ""
    recent: str = ""
    recent_time: str = ""
    break_first: str = ""
    break_last: str = ""
    easy_until: str = ""


def defaults(standing: Standing, today: date, f: Formats) -> PlanForm:
    """The form as it opens: a half marathon from next Monday on, in the athlete's own habits."""
    start = monday_of(today + timedelta(days=6))
    weeks = demands_of(GOALS_M["half"]).weeks_min + DEFAULT_WEEKS_BEYOND
    return PlanForm(
        goal="half",
        race_day=(start + timedelta(weeks=weeks, days=-1)).isoformat(),
        start_day=start.isoformat(),
        weekdays=[str(day) for day in sorted(standing.weekdays)],
        long_run_weekday=str(standing.long_run_weekday),
        weekly_distance=_distance(standing.weekly_distance_m, f),
        longest_run=_distance(standing.longest_run_m, f),
        experience=_experience(standing.weekly_distance_m),
        index="" if standing.index is None else f"{standing.index:.1f}",
    )


def from_request(request: Request, name: str, f: Formats) -> PlanForm:
    """The form of a plan that is there, to make it anew."""
    goal = next((key for key, m in GOALS_M.items() if m == request.goal_distance_m), "other")
    last_break = request.breaks[-1] if request.breaks else None
    limit_m = request.weekly_distance_max_m
    return PlanForm(
        name=name,
        goal=goal,
        other_distance=_distance(request.goal_distance_m, f) if goal == "other" else "",
        race_day=request.race_day.isoformat(),
        start_day=request.start_day.isoformat(),
        weekdays=[str(day) for day in sorted(request.weekdays)],
        long_run_weekday=str(request.long_run_weekday),
        weekly_distance=_distance(request.weekly_distance_m, f),
        longest_run=_distance(request.longest_run_m, f),
        limit="" if limit_m is None else _distance(limit_m, f),
        experience=request.experience,
        index=f"{request.index:.1f}",
        break_first=last_break.first_day.isoformat() if last_break else "",
        break_last=last_break.last_day.isoformat() if last_break else "",
        easy_until=request.easy_until.isoformat() if request.easy_until else "",
    )


def read(form: PlanForm, f: Formats) -> Request:
    """What the form wishes for.

    Raises:
        InvalidInputError: a field cannot be read; says which.
    """
    experience: Any = form.experience if form.experience in EXPERIENCES else "regular"
    return Request(
        goal_distance_m=_goal_m(form, f),
        race_day=_day(form.race_day, _("the day of the race")),
        start_day=_day(form.start_day, _("the first day")),
        index=_index(form),
        weekdays=frozenset(int(day) for day in form.weekdays if day in set("0123456")),
        long_run_weekday=int(form.long_run_weekday) if form.long_run_weekday.isdigit() else -1,
        weekly_distance_m=metres(form.weekly_distance or "0", _("the week's distance"), f),
        longest_run_m=metres(form.longest_run or "0", _("the longest run"), f),
        weekly_distance_max_m=metres(form.limit, _("the limit"), f) if form.limit else None,
        experience=experience,
        breaks=_breaks(form),
        easy_until=_day(form.easy_until, _("the day until which")) if form.easy_until else None,
    )


def _goal_m(form: PlanForm, f: Formats) -> float:
    known = GOALS_M.get(form.goal)
    return known or metres(form.other_distance, _("the race's distance"), f)


def _index(form: PlanForm) -> float:
    """From a recent race where one is given, else as typed; 0 where nothing is known."""
    if form.recent in GOALS_M and form.recent_time.strip():
        race = Race(GOALS_M[form.recent], _seconds(form.recent_time))
        try:
            return index_of_race(race).value
        except OutsideModelError as error:
            raise _unreadable(_("the recent race"), form.recent_time) from error
    if not form.index.strip():
        return 0.0
    try:
        return float(form.index.replace(",", "."))
    except ValueError as error:
        raise _unreadable(_("the index"), form.index) from error


def _breaks(form: PlanForm) -> tuple[Span, ...]:
    if not form.break_first and not form.break_last:
        return ()
    first = _day(form.break_first or form.break_last, _("the break"))
    return (Span(first, _day(form.break_last or form.break_first, _("the break"))),)


def _day(text: str, what: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise _unreadable(what, text) from error


def metres(text: str, what: str, f: Formats) -> float:
    """A distance that was typed in the athlete's unit, in metres.

    Raises:
        InvalidInputError: it cannot be read; says which.
    """
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise _unreadable(what, text) from error
    if not 0 <= found < 1_000:  # noqa: PLR2004  nobody runs that far in a week
        raise _unreadable(what, text)
    return found * f.long_distance_m


def _seconds(text: str) -> float:
    parts = text.strip().split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError as error:
        raise _unreadable(_("the time"), text) from error
    if not 1 < len(numbers) <= TIME_PARTS_MAX:
        raise _unreadable(_("the time"), text)
    seconds = 0.0
    for number in numbers:
        seconds = seconds * 60 + number
    return seconds


def _distance(distance_m: float, f: Formats) -> str:
    return f"{distance_m / f.long_distance_m:.1f}".removesuffix(".0")


def _experience(weekly_m: float) -> str:
    if weekly_m >= EXPERIENCED_M:
        return "experienced"
    return "regular" if weekly_m >= REGULAR_M else "new"


def _unreadable(what: str, text: str) -> InvalidInputError:
    return InvalidInputError(
        _("%(what)s cannot be read: “%(text)s”.") % {"what": what.capitalize(), "text": text},
        next_step=_("correct it and try again; nothing was stored"),
    )
