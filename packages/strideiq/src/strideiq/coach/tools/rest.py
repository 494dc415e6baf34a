"""The tool of days without a run, and of days in a row with one."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.tools import reading
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.tool import Arguments, Found, Scope, Tool

DAYS = 60
"""How far it looks back."""
ENOUGH = 200
"""More activities than so many days have."""
LAST_REST = ("last rest day", "last day off", "last day without a run", "most recent rest day")
IN_A_ROW = ("in a row", "current streak", "consecutive days")


class RestDays(Arguments):
    """What sport counts."""

    sport: str = Field("running", max_length=40, description="A sport, or any.")


def rest_days(scope: Scope, asked: RestDays) -> Found:
    """The last day without a run, and how many days in a row have had one until now."""
    since = scope.today - timedelta(days=DAYS)
    sport = "" if asked.sport == "any" else asked.sport
    filters = activities.Filters(sport=sport, since=since, until=scope.today)
    ran = {one.day for one in reading.found(scope, filters, ENOUGH)}
    if not ran:
        return Found(missing="There was no run in the last two months.")
    newest = max(ran)
    since_run = Subject(
        "rest", f"since:{newest}", "", newest, None, ("ago", "since your last run"), "/activities"
    )
    figures = figures_of(since_run, {"days": (scope.today - newest).days}, FORMULA_VERSION)
    rest = _last_rest(ran, scope.today)
    subject = Subject("rest", f"day:{rest}", "", rest, None, LAST_REST, f"/calendar?day={rest}")
    row = Subject("rest", f"row:{newest}", "", None, None, IN_A_ROW, "/activities")
    streak = _streak(ran, scope.today)
    figures += figures_of(row, {"days": streak}, FORMULA_VERSION)
    rows = (
        {
            "last_day_with_a_run": newest.isoformat(),
            "last_day_without": rest.isoformat(),
            "days_in_a_row": streak,
        },
    )
    return Found(tuple(figures), subjects=(subject,), rows=rows)


def _last_rest(ran: set[date], today: date) -> date:
    """The newest day before today that had no run."""
    day = today - timedelta(days=1)
    while day in ran:
        day -= timedelta(days=1)
    return day


def _streak(ran: set[date], today: date) -> int:
    """Days in a row with a run up to today; a run of today may still come."""
    day = today if today in ran else today - timedelta(days=1)
    count = 0
    while day in ran:
        count += 1
        day -= timedelta(days=1)
    return count


REST_DAYS = Tool(
    "rest_days",
    "The last day without a run, and how many days in a row have had one.",
    RestDays,
    rest_days,
)
