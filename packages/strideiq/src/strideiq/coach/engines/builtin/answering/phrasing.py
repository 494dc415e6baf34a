"""How figures, days and periods are written, in the athlete's units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.plain import UnreadableError, plain
from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.platform.formats import METRES_PER_FOOT, METRES_PER_MILE, duration_text

KG_PER_POUND = 0.45359237
NAME_LENGTHS = range(3, 61)
"""Names of other lengths are not said: the day says which run it is."""
UNNAMED = {"gear": "the pair", "workout": "the workout", "plan": "the race", "injury": "the injury"}
"""What a row is called whose name cannot be said."""
NEAR_DAYS = 6
"""How long ago a weekday alone says which day it was."""
WEEKS_TOLD = 3
"""From how many on days are told as weeks."""
LONG_S = 3 * 3600
"""Longer times are told in hours and minutes."""


@dataclass(frozen=True)
class Phrases:
    """Words for values: whatever it writes, the checker reads back."""

    metric: bool
    today: date
    asked_unit: str = ""
    """``km`` or ``mi`` where a question is asked in one of them; else the athlete's own."""

    @property
    def long_unit(self) -> str:
        """``km`` or ``mi``."""
        return self.asked_unit or ("km" if self.metric else "mi")

    @property
    def long_m(self) -> float:
        """The kilometre or mile that distances are told in."""
        return 1000.0 if self.long_unit == "km" else METRES_PER_MILE

    def distance(self, distance_m: float, decimals: int = 1) -> str:
        """A distance, as ``12.3 km``."""
        return f"{distance_m / self.long_m:,.{decimals}f} {self.long_unit}"

    def short(self, distance_m: float) -> str:
        """The length of a repetition, as ``400 m``, or a distance where it is long."""
        if distance_m < 3000 or not self.metric:  # noqa: PLR2004  what is run on a track
            return f"{distance_m:.0f} m"
        return self.distance(distance_m, 0 if distance_m % 1000 == 0 else 2)

    def climb(self, climb_m: float) -> str:
        """A height, as ``210 m`` or ``690 ft``."""
        return f"{climb_m:,.0f} m" if self.metric else f"{climb_m / METRES_PER_FOOT:,.0f} ft"

    def pace(self, pace_s_per_m: float) -> str:
        """A pace, as ``5:30/km``."""
        return f"{duration_text(pace_s_per_m * self.long_m)}/{self.long_unit}"

    def weight(self, weight_kg: float) -> str:
        """A weight, as ``68.4 kg``."""
        return f"{weight_kg:.1f} kg" if self.metric else f"{weight_kg / KG_PER_POUND:.1f} lb"

    def temperature(self, temperature_c: float) -> str:
        """A temperature, as ``12 °C``."""
        if self.metric:
            return f"{whole(temperature_c)} °C"
        return f"{whole(temperature_c * 1.8 + 32)} °F"

    def hours(self, duration_s: float) -> str:
        """A length of time: ``48:12``, or ``5 h 20 min`` where it is long."""
        if duration_s < LONG_S:
            return duration_text(duration_s)
        hours, minutes = divmod(round(duration_s / 60), 60)
        return f"{hours} h {minutes} min"

    def sleep(self, duration_s: float) -> str:
        """A night, as ``7 h 15 min``."""
        hours, minutes = divmod(round(duration_s / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"

    def day(self, day: date) -> str:
        """A day, as ``yesterday``, ``Tuesday`` or ``3 November``, with its year if need be."""
        ago = (self.today - day).days
        if ago in {-1, 0, 1}:
            return {-1: "tomorrow", 0: "today", 1: "yesterday"}[ago]
        if 0 < ago <= NEAR_DAYS or -NEAR_DAYS <= ago < 0:
            return f"{day:%A}"
        return self.dated(day)

    def dated(self, day: date) -> str:
        """A day by its date, as ``3 November`` or ``3 November 2025``."""
        year = "" if abs((day - self.today).days) < 300 else f" {day.year}"  # noqa: PLR2004  clear without
        return f"{day.day} {day:%B}{year}"

    def on(self, day: date) -> str:
        """A day with its preposition, as ``on Tuesday``."""
        return day_word if (day_word := self.day(day)) in _BARE else f"on {day_word}"

    def period(self, period: Period) -> str:
        """A period as it stands behind what was done in it: ``last week``, ``in October``."""
        if period.first is None:
            return "in all"
        if period.one_day:
            return self.on(period.first)
        called = _calendar(period.first, period.last, self.today)
        if called:
            return called
        if period.last == self.today and period.words.startswith("since"):
            return f"since {self.dated(period.first)}"
        if period.last != self.today:
            return f"from {self.dated(period.first)} to {self.dated(period.last)}"
        weeks, rest = divmod(period.days, 7)
        told = f"{period.days} days" if rest or weeks < WEEKS_TOLD else f"{weeks} weeks"
        return f"in the last {told}"

    def called(self, subject: Subject) -> str:
        """A run by its name in quotation marks, or as "the run" where its name cannot be said."""
        name = subject.name
        fit = len(name) in NAME_LENGTHS and name.isprintable() and _readable(name)
        if not fit or any(mark in name for mark in '"\u201c\u201d\u201e\u00ab\u00bb'):
            return UNNAMED.get(subject.kind, "the run")
        return f"\u201c{name}\u201d"


def _readable(name: str) -> bool:
    """Whether a name holds no markup and nothing hidden, so that the checker lets it be said."""
    try:
        plain(name)
    except UnreadableError:
        return False
    return True


_BARE = frozenset({"today", "yesterday", "tomorrow"})


def _calendar(first: date, last: date, today: date) -> str:
    """A week, month or year of the calendar as it is called; empty for other days."""
    for unit in ("week", "month", "year"):
        for step, which in ((0, "this"), (-1, "last"), (1, "next")):
            span = calendar.unit_span(unit, step, today)
            if (span.first, span.last) == (first, last):
                return f"{which} {unit}"
    if (first, last) == calendar.month_of(first):
        return f"in {first:%B} {first.year}"
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return f"in {first.year}"
    return ""


def whole(value: float) -> str:
    """A figure without decimals that may be below nought, with the sign that it is set with."""
    number = round(value)
    return f"\N{MINUS SIGN}{-number}" if number < 0 else str(number)


def joined(parts: list[str]) -> str:
    """Parts of a list as people say them: ``a, b and c``."""
    if len(parts) < 2:  # noqa: PLR2004  nothing to join
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def tool_period(period: Period | None, today: date) -> dict[str, object]:
    """A period as tools take it; nothing for the whole record."""
    if period is None or period.first is None:
        return {}
    for unit in ("week", "month", "year"):
        for step, which in ((0, "this"), (-1, "last")):
            span = calendar.unit_span(unit, step, today)
            if (span.first, span.last) == (period.first, period.last):
                return {"which": f"{which}_{unit}"}
    if period.first == period.last and today - period.first <= timedelta(days=1):
        day = {0: "today", 1: "yesterday"}.get((today - period.first).days)
        if day:
            return {"which": day}
    if period.last == today and not period.words.startswith("since"):
        return {"days": period.days}
    return {"first_day": period.first.isoformat(), "last_day": period.last.isoformat()}
