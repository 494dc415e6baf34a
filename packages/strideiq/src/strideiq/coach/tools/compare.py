"""The tool that compares two spans of days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import Figure, Subject, Trend
from strideiq.coach.tools.making import FORMULA_VERSION
from strideiq.coach.tools.periods import Span, Which, calendar_span, last_days, spoken
from strideiq.coach.tools.reading import sums
from strideiq.coach.tools.tool import DAYS_MAX, Arguments, Found, Scope, Tool
from strideiq.coach.tools.totals import sums_figures, sums_row
from strideiq.coach.tools.trending import direction_of_change

SHARE = 0.01
"""Sums that differ by less than this share are the same."""
BY_NOW = ("by now", "by then", "at this point", "so far", "up to the same day")
Unit = Literal["week", "month", "year"]
CALENDAR: Mapping[Unit, tuple[Which, Which]] = {
    "week": ("this_week", "last_week"),
    "month": ("this_month", "last_month"),
    "year": ("this_year", "last_year"),
}


class Compare(Arguments):
    """Which two spans: one of the calendar with the one before it, or two of one's own."""

    which: Unit | None = Field(
        None, description="This one with the last one; up to the same day of each."
    )
    days: int | None = Field(
        None, ge=1, le=DAYS_MAX // 2, description="The last so many days with those before."
    )
    first_day: date | None = Field(None, description="The later span begins.")
    last_day: date | None = None
    other_first_day: date | None = Field(None, description="The earlier span begins.")
    other_last_day: date | None = None
    sport: str = Field("running", max_length=40, description="A sport, or any.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        own = (self.first_day, self.last_day, self.other_first_day, self.other_last_day)
        given = sum(day is not None for day in own)
        ways = (self.which is not None) + (self.days is not None) + (given > 0)
        if ways != 1 or given not in {0, len(own)}:
            raise ValueError("give which, or days, or all four days")
        for first, last in (own[:2], own[2:]):
            if first and last and not 0 <= (last - first).days < DAYS_MAX:
                raise ValueError(f"a span has 1 to {DAYS_MAX} days, the first one first")
        return self


def compare(scope: Scope, asked: Compare) -> Found:
    """Put the sums of two spans beside each other, and say which way each went."""
    spans = _spans(asked, scope.today)
    counted = "runs" if asked.sport == "running" else "activities"
    sport = "" if asked.sport == "any" else asked.sport
    subjects = [span.subject("period", "/activities") for span in spans]
    found = [
        sums(scope, activities.Filters(sport=sport, since=span.first, until=span.last))[0]
        for span in spans
    ]
    each = [
        sums_figures(subject, added, counted)
        for subject, added in zip(subjects, found, strict=True)
    ]
    figures = tuple(figure for some in each for figure in some)
    rows = tuple(sums_row(span.key, added) for span, added in zip(spans, found, strict=True))
    if not any(added.activities for added in found):
        return Found(figures, rows=rows, missing="Neither of the two has any activity.")
    count = sum(added.activities for added in found)
    return Found(figures, tuple(_trends(subjects[0], each, count, asked.which)), rows=rows)


def _spans(asked: Compare, today: date) -> list[Span]:
    """The later one first; of the calendar the earlier one by the same day, and whole."""
    if asked.days:
        before = today - timedelta(days=asked.days)
        first = before - timedelta(days=asked.days - 1)
        words = (f"{asked.days} days before", f"previous {asked.days} days", "the days before")
        return [last_days(asked.days, today), Span(first, before, words)]
    if asked.which:
        return _calendar(asked.which, today)
    later = (asked.first_day or today, asked.last_day or today)
    earlier = (asked.other_first_day or today, asked.other_last_day or today)
    return [Span(*days, spoken(*days, today)) for days in (later, earlier)]


def _calendar(unit: Unit, today: date) -> list[Span]:
    """This one up to today, the last one up to the same day of it, and the whole last one."""
    this, last = (calendar_span(one, today) for one in CALENDAR[unit])
    gone = (today - (this.first or today)).days
    end = min((last.first or today) + timedelta(days=gone), last.last)
    (alias,) = last.aliases
    words = [f"{alias} {words}" for words in BY_NOW]
    words += [f"same part of {alias}", f"same point {alias}", f"same day {alias}"]
    return [Span(this.first, today, this.aliases), Span(last.first, end, tuple(words)), last]


def _trends(
    later: Subject, each: list[list[Figure]], count: int, unit: Unit | None
) -> Iterator[Trend]:
    """Sums are exact, so one is more when it is more, by a share that is worth a word.

    Where what is not over yet is more than the last one by the same day, and less than the whole
    of it, only "so far" says what is meant.
    """
    so_far = Subject(
        "comparison",
        later.row_id,
        aliases=(f"this {unit} so far", f"so far this {unit}", "by the same day", "at this point"),
        address=later.address,
    )
    now, *before = [{one.quantity: one.value for one in some} for some in each]
    for quantity, value in now.items():
        ways = [
            direction_of_change(one[quantity], value, SHARE) for one in before if quantity in one
        ]
        if ways:
            subject = later if len(set(ways)) == 1 else so_far
            evidence_id = f"compare/{later.row_id}/{quantity}"
            yield Trend(evidence_id, subject, quantity, ways[0], count, FORMULA_VERSION)


COMPARE = Tool(
    "compare_periods",
    "Two spans of days beside each other: how many runs, how far, how long, how fast.",
    Compare,
    compare,
)
