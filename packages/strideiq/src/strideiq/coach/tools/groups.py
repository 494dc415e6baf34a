"""The tool of groups of runs: of a sort, a weekday or a part of the day, whole or side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from pydantic import Field

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.tools import reading
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.periods import Period, Span, end_of_month
from strideiq.coach.tools.tool import ROWS_MAX, Found, Scope, Tool
from strideiq.coach.tools.totals import week_aliases

LOOKED_AT = 10_000
"""The newest activities that are grouped; more than a lifetime has."""
NAMED: Mapping[str, tuple[str, ...]] = {
    "easy": ("easy", "recovery", "jog"),
    "long": ("long",),
    "interval": ("interval", "repetition", "repeats", "track"),
    "threshold": ("threshold", "tempo"),
}
"""Words of names that tell a run's sort."""
NOON_H, EVENING_H = 12, 17
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Unit = Literal["week", "month", "year", "weekday", "part_of_day"]
Order = Literal["newest", "distance", "runs", "duration", "ascent"]
MOST = {
    "distance": ("biggest", "smallest"),
    "runs": ("busiest", "quietest"),
    "duration": ("longest", "shortest"),
    "ascent": ("hilliest", "flattest"),
}
"""What the first group of an order is called, and the first where the least comes first."""


class RunGroups(Period):
    """Which runs, and by what they are grouped."""

    sport: str = Field("running", max_length=40, description="A sport, or any.")
    kind: Literal["easy", "long", "interval", "threshold", "race"] | None = Field(
        None, description="Told by their names; races by their mark."
    )
    weekday: Weekday | None = None
    part_of_day: Literal["morning", "afternoon", "evening"] | None = None
    min_distance_m: float | None = Field(None, ge=0, le=1e6)
    max_distance_m: float | None = Field(None, ge=0, le=1e6)
    by: Unit | None = Field(None, description="Also each of these, in the order asked for.")
    order: Order = "newest"
    least: bool = Field(default=False, description="The least first, and not the most.")


Outings = Sequence[activities.Outing]


def run_groups(scope: Scope, asked: RunGroups) -> Found:
    """Add up and average some runs, whole and in groups."""
    span = asked.span(scope.today)
    kept = _kept(scope, asked, span)
    if not kept:
        return Found(missing="There are no runs of that sort in those days.")
    whole = span.subject("run_group", "/activities", *_called(asked))
    figures = _figures(whole, kept)
    rows = [_row("all of them", kept)]
    parts = _grouped(asked.by, kept, asked) if asked.by else []
    for place, (key, some) in enumerate(parts[: ROWS_MAX - 1]):
        subject = _part(asked, key, span, scope.today, first=place == 0)
        figures += _figures(subject, some)
        rows.append(_row(str(key), some))
    return Found(tuple(figures), rows=tuple(rows), cut_off=len(parts) >= ROWS_MAX)


def _kept(scope: Scope, asked: RunGroups, span: Span) -> Outings:
    filters = activities.Filters(
        sport="" if asked.sport == "any" else asked.sport,
        since=span.first,
        until=None if asked.whole else span.last,
        shortest_m=asked.min_distance_m,
        longest_m=asked.max_distance_m,
        race=asked.kind == "race",
    )
    words = NAMED.get(asked.kind or "", ())
    return [
        one
        for one in reading.outings(scope, filters, LOOKED_AT)
        if (not words or any(word in one.name.lower() for word in words))
        and asked.weekday in {None, WEEKDAYS[one.began.weekday()]}
        and asked.part_of_day in {None, part_of_day(one.began)}
    ]


def part_of_day(began: datetime) -> str:
    """Before noon, until five, or after it."""
    if began.hour < NOON_H:
        return "morning"
    return "afternoon" if began.hour < EVENING_H else "evening"


def _called(asked: RunGroups) -> Iterable[str]:
    """What the runs may be called: by their sort, their weekday or their part of the day."""
    if asked.whole:
        yield from ("in all", "altogether", "all time", "so far", "in total")
    for word in (asked.kind, asked.weekday and asked.weekday.capitalize(), asked.part_of_day):
        if word:
            yield from (f"{word} runs", f"{word} run")
    if asked.weekday:
        yield f"on {asked.weekday.capitalize()}s"
    if asked.part_of_day:
        yield f"in the {asked.part_of_day}"


def _figures(subject: Subject, some: Outings) -> list[Figure]:
    """Sums, and means weighed by the time in motion."""
    seconds, metres = (sum(filter(None, values)) for values in _lengths(some))
    values: dict[str, float | None] = {
        "runs": len(some),
        "distance": metres,
        "duration": seconds,
        "ascent": _sum(one.ascent_m for one in some),
        "energy": _sum(one.energy_kcal for one in some),
        "pace": _pace(some),
        "heart_rate": _mean(some, lambda one: one.heart_rate_bpm),
        "max_heart_rate": max(
            (one.max_heart_rate_bpm for one in some if one.max_heart_rate_bpm), default=None
        ),
        "cadence": _mean(some, lambda one: one.cadence_spm),
        "power": _mean(some, lambda one: one.power_w),
    }
    return figures_of(subject, values, FORMULA_VERSION)


def _lengths(some: Outings) -> tuple[list[float | None], list[float | None]]:
    return [one.moving_s for one in some], [one.distance_m for one in some]


def _pace(some: Outings) -> float | None:
    both = [(one.moving_s, one.distance_m) for one in some if one.moving_s and one.distance_m]
    metres = sum(far for _, far in both)
    return sum(long for long, _ in both) / metres if metres else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) if known else None


def _mean(some: Outings, of: Callable[[activities.Outing], float | None]) -> float | None:
    known = [(value, one.moving_s or 0.0) for one in some if (value := of(one)) is not None]
    weight = sum(seconds for _, seconds in known)
    return sum(value * seconds for value, seconds in known) / weight if weight else None


Key = date | int | str


def _grouped(
    by: Unit, kept: Outings, asked: RunGroups
) -> list[tuple[Key, list[activities.Outing]]]:
    groups: dict[Key, list[activities.Outing]] = {}
    for one in kept:  # the newest first
        groups.setdefault(_key(by, one.began), []).append(one)
    if asked.order == "newest":
        return list(groups.items())
    measures: Mapping[str, Callable[[Outings], float]] = {
        "runs": len,
        "distance": lambda some: sum(one.distance_m or 0.0 for one in some),
        "duration": lambda some: sum(one.moving_s or 0.0 for one in some),
        "ascent": lambda some: sum(one.ascent_m or 0.0 for one in some),
    }
    measure = measures[asked.order]
    return sorted(groups.items(), key=lambda one: measure(one[1]), reverse=not asked.least)


def _key(by: Unit, began: datetime) -> Key:
    day = began.date()
    match by:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.year
        case "weekday":
            return WEEKDAYS[day.weekday()]
        case "part_of_day":
            return part_of_day(began)


def _part(asked: RunGroups, key: Key, span: Span, today: date, *, first: bool) -> Subject:
    """One group as what figures are about; the first one also by its rank."""
    unit = str(asked.by)
    ranks = _ranks(asked, span) if first and asked.order != "newest" else ()
    narrowed = f"{asked.kind or ''}:{asked.weekday or ''}:{asked.part_of_day or ''}"
    row_id = f"{unit}:{key}:{span.key}:{narrowed}"
    if isinstance(key, str):
        words = key.capitalize() if key in WEEKDAYS else key
        when = f"on {words}s" if key in WEEKDAYS else f"in the {words}"
        return Subject(unit, row_id, "", None, None, (when, f"{words} runs", *ranks), "/activities")
    if isinstance(key, int):
        begin, end = date(key, 1, 1), date(key, 12, 31)
        near = {today.year: ("this year",), today.year - 1: ("last year",)}.get(key, ())
        return Subject(unit, row_id, "", begin, end, (*near, *ranks), "/activities")
    if unit == "month":
        return Subject(unit, row_id, "", key, end_of_month(key), ranks, "/activities")
    return Subject(
        unit, row_id, "", key, key + timedelta(days=6), (*week_aliases(key, today), *ranks),
        f"/calendar?day={key}",
    )  # fmt: skip


def _ranks(asked: RunGroups, span: Span) -> tuple[str, ...]:
    """What the first group is called, with the days that were looked at."""
    rank = f"{MOST[asked.order][int(asked.least)]} {str(asked.by).replace('part_of_day', 'time')}"
    if asked.kind or asked.weekday or asked.part_of_day:
        return ()
    if asked.whole:
        return (rank,)
    joined = (" ", " of ", " in ", " of the ", " in the ")
    return tuple(f"{rank}{between}{when}" for when in span.aliases for between in joined)


def _row(what: str, some: Outings) -> dict[str, object]:
    """A group as a row of a table."""
    heart = _mean(some, lambda one: one.heart_rate_bpm)
    return {
        "what": what,
        "runs": len(some),
        "distance_m": round(sum(one.distance_m or 0.0 for one in some), 1),
        "moving_s": round(sum(one.moving_s or 0.0 for one in some), 1),
        "average_heart_rate_bpm": None if heart is None else round(heart, 1),
    }


RUN_GROUPS = Tool(
    "run_groups",
    "Runs of a sort, weekday or part of the day, summed and averaged; also by year or weekday.",
    RunGroups,
    run_groups,
)
