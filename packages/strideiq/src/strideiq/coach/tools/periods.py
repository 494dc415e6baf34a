"""Spans of days that a tool may be asked of, and what people call them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.tools.tool import DAYS_MAX, Arguments

Which = Literal[
    "today",
    "yesterday",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_year",
    "last_year",
]
_WORDS = {
    **dict(enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight"))),
    10: "ten",
    12: "twelve",
}
_BEFORE = ("last", "past", "previous")


@dataclass(frozen=True)
class Span:
    """Some days, first to last; without a first day everything until the last one."""

    first: date | None
    last: date
    aliases: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """How evidence names it."""
        return f"{self.first or 'beginning'}..{self.last}"

    @property
    def days(self) -> int | None:
        """How many days it has."""
        return None if self.first is None else (self.last - self.first).days + 1

    def subject(self, kind: str, address: str = "", *aliases: str, name: str = "") -> Subject:
        """The days as what figures are about."""
        return Subject(
            kind=kind,
            row_id=self.key,
            name=name,
            first_day=self.first,
            last_day=self.last if self.first else None,
            aliases=(*self.aliases, *aliases),
            address=address,
        )


class Period(Arguments):
    """Which days are meant: one of the ways, or none of them for the whole record."""

    days: int | None = Field(None, ge=1, le=DAYS_MAX, description="The last so many days.")
    which: Which | None = Field(None, description="A day, week, month or year of the calendar.")
    first_day: date | None = Field(None, description="With last_day: a span of days.")
    last_day: date | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (self.days, self.which, self.first_day or self.last_day)
        if sum(way is not None for way in ways) > 1:
            raise ValueError("give days, or which, or first_day and last_day")
        if self.first_day and self.last_day:
            length = (self.last_day - self.first_day).days + 1
            if not 1 <= length <= DAYS_MAX:
                raise ValueError(f"a span has 1 to {DAYS_MAX} days, the first one first")
        return self

    @property
    def whole(self) -> bool:
        """Whether it is the whole record."""
        return not (self.days or self.which or self.first_day or self.last_day)

    def span(self, today: date) -> Span:
        """The days that are meant, where it is this day."""
        if self.days:
            return last_days(self.days, today)
        if self.which:
            return calendar_span(self.which, today)
        last = self.last_day or (max(today, self.first_day) if self.first_day else today)
        first = self.first_day
        if first and (last - first).days >= DAYS_MAX:
            first = last - timedelta(days=DAYS_MAX - 1)
        return Span(first, last, spoken(first, last, today) if first else ())


def spoken(first: date, last: date, today: date) -> tuple[str, ...]:
    """What people call some days: since 1 June, from 1 June to 31 August."""
    begins = [*day_words(first), f"{first:%B} {first.year}"] if first.day == 1 else day_words(first)
    since = [f"since {begin}" for begin in begins] if last == today else []
    spans = [f"from {begin} to {end}" for begin in day_words(first) for end in day_words(last)]
    return (*since, *spans)


def last_days(count: int, today: date) -> Span:
    """So many days up to today, with the weeks and months that people say for them."""
    lengths = {f"{count} days"}
    if count % 7 == 0:
        weeks = count // 7
        lengths |= {f"{weeks} weeks", f"{_WORDS.get(weeks, weeks)} weeks"}
    if count in _WORDS:
        lengths.add(f"{_WORDS[count]} days")
    if count == 7:  # noqa: PLR2004  a week
        lengths = {one for one in lengths if not one.endswith("weeks")} | {"week"}
    aliases = sorted(
        f"{before} {length}"
        for before in _BEFORE
        for length in lengths
        if length != "week" or before == "past"
    )
    return Span(today - timedelta(days=count - 1), today, tuple(aliases))


def calendar_span(which: Which, today: date) -> Span:
    """A whole day, week, month or year of the calendar, also where it is not over."""
    alias = which.replace("_", " ")
    if which in {"today", "yesterday"}:
        day = today - timedelta(days=which == "yesterday")
        return Span(day, day, (alias,))
    before, _, unit = which.partition("_")
    back = before == "last"
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Span(monday, monday + timedelta(days=6), (alias,))
    if unit == "month":
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1) if back else today
        first = first.replace(day=1)
        return Span(first, end_of_month(first), (alias,))
    year = today.year - back
    return Span(date(year, 1, 1), date(year, 12, 31), (alias,))


def end_of_month(first: date) -> date:
    """The last day of the month that begins on a day."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def day_words(day: date) -> tuple[str, ...]:
    """A day as people write it inside of a name, such as the week of 2 November."""
    return (f"{day.day} {day:%B %Y}", f"{day.day} {day:%b %Y}", f"{day.day} {day:%B}",
            f"{day.day} {day:%b}", f"{day:%B} {day.day}", f"{day:%b} {day.day}")  # fmt: skip
