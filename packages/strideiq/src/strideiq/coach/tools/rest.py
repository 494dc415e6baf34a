"""The tool of days without a run, and of days in a row with one."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.tools import reading
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.periods import Period, Span
from strideiq.coach.tools.tool import Found, Scope, Tool

DAYS = 60
"""How far it looks back."""
LOOKED_AT = 10_000
"""The newest activities among which the days in a row are looked for."""
ENOUGH = 200
"""More activities than so many days have."""
LAST_REST = ("last rest day", "last day off", "last day without a run", "most recent rest day")
IN_A_ROW = ("in a row", "current streak", "consecutive days")


class RestDays(Period):
    """What sport counts, and of which days rest is counted."""

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
    until = ("by yesterday",) if newest == scope.today - timedelta(days=1) else ()
    row = Subject("rest", f"row:{newest}", "", None, None, (*IN_A_ROW, *until), "/activities")
    streak = _streak(ran, scope.today)
    figures += figures_of(row, {"days": streak}, FORMULA_VERSION)
    rows = (
        {
            "last_day_with_a_run": newest.isoformat(),
            "last_day_without": rest.isoformat(),
            "days_in_a_row": streak,
        },
    )
    counted, more = _counted(scope, asked, sport)
    return Found((*figures, *counted), subjects=(subject,), rows=({**rows[0], **more},))


def _counted(scope: Scope, asked: RestDays, sport: str) -> tuple[list[Figure], dict[str, object]]:
    """The days without a run of the days asked for, and the most days in a row with one."""
    span = asked.span(scope.today)
    last = min(span.last, scope.today - timedelta(days=1))
    filters = activities.Filters(sport=sport, since=span.first, until=span.last)
    every = {one.began.date() for one in reading.outings(scope, filters, LOOKED_AT)}
    if not every or last < (first := span.first or min(every)):
        return [], {}
    free = (last - first).days + 1 - len([one for one in every if first <= one <= last])
    whole = span.subject("rest", "/activities", "rest days", "days off", "days without a run")
    figures = figures_of(whole, {"days": free}, FORMULA_VERSION)
    begin, count = _longest(every)
    ends = begin + timedelta(days=count - 1)
    streak = Subject(
        "streak", f"{span.key}:{begin}", "", begin, ends, _streaks(span), "/activities"
    )
    figures += figures_of(streak, {"days": count}, FORMULA_VERSION)
    return figures, {"days_without": free, "longest_streak": count}


def _streaks(span: Span) -> tuple[str, ...]:
    if span.first is None:
        return ("longest streak",)
    joined = (" ", " of ", " in ", " of the ", " in the ")
    return tuple(f"longest streak{word}{when}" for when in span.aliases for word in joined)


def _longest(ran: set[date]) -> tuple[date, int]:
    """The first day and the length of the most days in a row; the newest of equals."""
    best, count, begin = (min(ran), 0), 0, min(ran)
    for day in sorted(ran):
        begin, count = (begin, count + 1) if day - timedelta(days=1) in ran else (day, 1)
        if count >= best[1]:
            best = (begin, count)
    return best


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
    "The last day without a run, how many there were, and days in a row that had one.",
    RestDays,
    rest_days,
)
