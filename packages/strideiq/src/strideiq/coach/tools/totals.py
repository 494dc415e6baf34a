"""The tool of totals: what the activities of some days add up to, whole or week by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import Figure, RowSet, Subject
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.periods import Period, Span, day_words, end_of_month
from strideiq.coach.tools.reading import sums
from strideiq.coach.tools.tool import ROWS_MAX, Found, Scope, Tool

MEAN_DAYS_MIN = 14
"""Of fewer days there is no mean week."""
MEAN_WEEK = ("per week", "a week", "each week", "weekly average", "average week", "weekly",
             "on average")  # fmt: skip


class Totals(Period):
    """Of what days and sport."""

    sport: str = Field("running", max_length=40, description="A sport, or any.")
    races_only: bool = False
    by: Literal["week", "month"] | None = Field(
        None, description="Also for each week or month of them."
    )


def totals(scope: Scope, asked: Totals) -> Found:
    """Add up the activities of some days."""
    span = asked.span(scope.today)
    filters = activities.Filters(
        sport="" if asked.sport == "any" else asked.sport,
        since=span.first,
        until=None if asked.whole else span.last,
        race=asked.races_only,
    )
    (whole,) = sums(scope, filters)
    subject = span.subject("period", "/activities", *(("in all", "altogether", "all time",
        "so far", "in total") if asked.whole else ()))  # fmt: skip
    counted = _counted(asked)
    figures = sums_figures(subject, whole, counted) + _mean_week(span, whole, scope.today, counted)
    rows = [sums_row("total", whole)]
    cut_off = False
    each: list[Subject] = []
    if asked.by is not None:
        parts = sums(scope, filters, asked.by)
        cut_off = len(parts) >= ROWS_MAX
        each = [_part_subject(part, asked.by, scope.today) for part in parts[: ROWS_MAX - 1]]
        for subject, part in zip(each, parts, strict=False):
            figures += sums_figures(subject, part, counted)
            rows.append(sums_row(f"{asked.by} from {part.first_day}", part))
    nothing = "" if whole.activities else f"There are no activities ({asked.sport}) in those days."
    sets = (_set_of(asked, span, each, cut_off=cut_off),) if each and not asked.races_only else ()
    return Found(tuple(figures), rows=tuple(rows), missing=nothing, cut_off=cut_off, sets=sets)


def _set_of(asked: Totals, span: Span, each: Sequence[Subject], *, cut_off: bool) -> RowSet:
    """The weeks or months that lie in the days whole; those without any run are not among them."""
    inside = [
        one for one in each if span.first is None or (one.first_day or span.last) >= span.first
    ]
    first = min((one.first_day for one in inside if one.first_day), default=None)
    return RowSet(
        (str(asked.by),),
        tuple(frozenset({one}) for one in inside),
        ever=asked.whole and not cut_off,
        since=first if cut_off else span.first or first,
        until=span.last,
    )


def _counted(asked: Totals) -> str:
    if asked.races_only:
        return "races"
    return "runs" if asked.sport == "running" else "activities"


def sums_figures(subject: Subject, added: activities.Sums, counted: str) -> list[Figure]:
    """The figures of a sum; where there was nothing, that is none and not unknown."""
    values: dict[str, float | None] = {
        counted: added.activities,
        "distance": added.distance_m,
        "duration": added.moving_s,
        "ascent": added.ascent_m,
        "pace": added.moving_s / added.distance_m if added.moving_s and added.distance_m else None,
    }
    if not added.activities:
        values |= {"distance": 0.0, "duration": 0.0}
    return figures_of(subject, values, FORMULA_VERSION)


def _mean_week(span: Span, added: activities.Sums, today: date, counted: str) -> list[Figure]:
    """What a week of these days had in the mean; days to come count for nothing."""
    if span.first is None or not added.activities:
        return []
    days = (min(span.last, today) - span.first).days + 1
    if days < MEAN_DAYS_MIN:
        return []
    subject = Subject("mean_week", span.key, "", span.first, span.last, MEAN_WEEK, "/activities")
    weeks = days / 7
    values = {
        counted: added.activities / weeks,
        "distance": None if added.distance_m is None else added.distance_m / weeks,
        "duration": None if added.moving_s is None else added.moving_s / weeks,
    }
    return figures_of(subject, values, FORMULA_VERSION)


def _part_subject(part: activities.Sums, by: str, today: date) -> Subject:
    first = part.first_day or today
    if by == "month":
        return Subject("month", first.isoformat(), "", first, end_of_month(first), (),
                       "/activities")  # fmt: skip
    return Subject("week", first.isoformat(), "", first, first + timedelta(days=6),
                   week_aliases(first, today), f"/calendar?day={first}")  # fmt: skip


def week_aliases(first: date, today: date) -> tuple[str, ...]:
    """What the week from a Monday may be called."""
    monday = today - timedelta(days=today.weekday())
    aliases = [
        f"week {joined} {words}"
        for words in day_words(first)
        for joined in ("of", "from", "beginning", "starting", "of the", "beginning on")
    ]
    near = {monday: ["this week"], monday - timedelta(days=7): ["last week"]}
    return (*aliases, *near.get(first, []))


def sums_row(what: str, added: activities.Sums) -> dict[str, object]:
    """A sum as a row of a table."""
    return {
        "what": what,
        "activities": added.activities,
        "distance_m": round(added.distance_m or 0.0, 1),
        "moving_s": round(added.moving_s or 0.0, 1),
        "ascent_m": None if added.ascent_m is None else round(added.ascent_m, 1),
    }


TOTALS = Tool(
    "totals",
    "How many activities some days had, how far, how long and how high; also by week or month.",
    Totals,
    totals,
)
