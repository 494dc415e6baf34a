"""Tools that look runs up: several by what they were, and one with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import RowSet, Subject
from strideiq.coach.tools.making import activity_figures, activity_row, activity_subject, noun
from strideiq.coach.tools.periods import Period, Span
from strideiq.coach.tools.reading import found, several
from strideiq.coach.tools.tool import ROWS_MAX, Arguments, Found, Scope, Tool

NEWEST = ("last", "latest", "most recent", "newest")
RANKS = {
    "longest": ("distance", ("longest", "farthest")),
    "fastest": ("pace", ("fastest", "quickest")),
    "longest_time": ("time", ("longest-lasting",)),
    "hilliest": ("ascent", ("hilliest", "biggest climbing")),
    "slowest": ("pace", ("slowest",)),
    "shortest": ("distance", ("shortest",)),
    "highest_heart_rate": ("heart", ("highest-heart-rate",)),
}
UPWARDS = frozenset({"oldest", "slowest", "shortest"})
"""Orders in which the least comes first."""
NOTES_SHOWN = 400
"""Characters of what the athlete wrote; the page has all of it."""


class RecentRuns(Period):
    """What runs are looked for."""

    sport: str = Field("running", max_length=40, description="A sport, or any.")
    name_contains: str = Field("", max_length=100, description="Looked for in names and notes.")
    min_distance_m: float | None = Field(None, ge=0, le=1e6)
    max_distance_m: float | None = Field(None, ge=0, le=1e6)
    races_only: bool = False
    sort: Literal[
        "newest",
        "oldest",
        "longest",
        "fastest",
        "longest_time",
        "hilliest",
        "slowest",
        "shortest",
        "highest_heart_rate",
    ] = "newest"
    limit: int = Field(10, ge=1, le=ROWS_MAX)


def recent_runs(scope: Scope, asked: RecentRuns) -> Found:
    """Find runs by their days, names, lengths and order."""
    span = asked.span(scope.today)
    several = found(scope, _filters(asked, span), asked.limit + 1)
    kept = several[: asked.limit]
    if not kept:
        return Found(missing=_nothing(asked))
    subjects = [
        activity_subject(one, *(_calls(asked, span, scope.today) if place == 0 else ()))
        for place, one in enumerate(kept)
    ]
    return Found(
        figures=tuple(
            figure
            for subject, one in zip(subjects, kept, strict=True)
            for figure in activity_figures(subject, one.activity)
        ),
        subjects=tuple(subjects),
        rows=tuple(activity_row(one) for one in kept),
        cut_off=len(several) > len(kept),
        sets=(_set_of(asked, span, scope.today, kept, subjects, whole=len(several) == len(kept)),),
    )


def _set_of(
    asked: RecentRuns,
    span: Span,
    today: date,
    kept: Sequence[activities.Dated],
    subjects: Sequence[Subject],
    *,
    whole: bool,
) -> RowSet:
    """Of which days these are all; of none, where names or lengths narrowed them."""
    narrowed = bool(asked.name_contains or asked.min_distance_m or asked.max_distance_m)
    newest = asked.sort == "newest" and not narrowed
    sports = {one.activity.sport for one in kept}
    nouns = {noun(sport) for sport in sports} if len(sports) == 1 else {"activity"}
    nouns |= {"activity"} if asked.sport == "any" else set()
    since = span.first if whole else kept[-1].day + timedelta(days=1)
    known = not narrowed and (whole or newest)
    return RowSet(
        ("race",) if asked.races_only else tuple(sorted(nouns)),
        tuple(frozenset({one}) for one in subjects),
        ever=known and whole and asked.whole,
        since=since if known else None,
        until=span.last if known else None,
        newest_first=newest and span.last >= today,
        marked=(("race", frozenset(
            subject for subject, one in zip(subjects, kept, strict=True) if one.activity.race
        )),),
    )  # fmt: skip


def _filters(asked: RecentRuns, span: Span) -> activities.Filters:
    return activities.Filters(
        query=asked.name_contains,
        sport="" if asked.sport == "any" else asked.sport,
        since=span.first,
        until=None if asked.whole else span.last,
        shortest_m=asked.min_distance_m,
        longest_m=asked.max_distance_m,
        race=asked.races_only,
        sort=RANKS[asked.sort][0] if asked.sort in RANKS else "date",
        upwards=asked.sort in UPWARDS,
    )


def _calls(asked: RecentRuns, span: Span, today: date) -> tuple[str, ...]:
    """What the first one may be called: "last run", or "longest run of the last 30 days".

    A rank is told with the days that were looked at, and only where nothing else narrowed them.
    """
    narrowed = asked.name_contains or asked.min_distance_m or asked.max_distance_m
    what = "race" if asked.races_only else noun("" if asked.sport == "any" else asked.sport)
    if narrowed or asked.sort == "oldest":
        return ()
    if asked.sort == "newest":
        return tuple(f"{word} {what}" for word in NEWEST) if span.last >= today else ()
    ranks = [f"{word} {what}" for word in RANKS[asked.sort][1]]
    if asked.whole:
        return tuple(ranks)
    return tuple(
        f"{rank}{joined}{when}"
        for rank in ranks
        for when in span.aliases
        for joined in (" ", " of ", " in ", " of the ", " in the ", " over the ")
    )


def _nothing(asked: RecentRuns) -> str:
    what = "races" if asked.races_only else f"activities ({asked.sport})"
    if asked.whole and not asked.name_contains:
        return f"There are no {what} in your record that fit."
    return f"There are no {what} in the days and with the limits asked for."


class OneRun(Arguments):
    """Which run: by its id, by its day, or else the last one."""

    activity_id: UUID | None = None
    day: date | None = Field(None, description="The longest run of this day.")
    sport: str = Field("running", max_length=40, description="A sport, or any.")


def one_run(scope: Scope, asked: OneRun) -> Found:
    """All that is known of one run."""
    one = chosen(scope, asked)
    if one is None:
        return Found(missing=missing_run(asked))
    subject = activity_subject(one, *last_calls(asked))
    view = one.activity
    row = activity_row(one) | {
        "elapsed_s": view.elapsed_s,
        "descent_m": view.descent_m,
        "max_heart_rate_bpm": view.max_heart_rate_bpm,
        "average_cadence_spm": view.average_cadence_spm,
        "average_power_w": view.average_power_w,
        "energy_kcal": view.energy_kcal,
        "temperature_c": view.temperature_c,
        "effort_of_10": view.effort,
        "feeling": view.feeling,
        "surface": view.surface,
        "weather": view.weather,
        "notes": view.notes[:NOTES_SHOWN] if view.notes else None,
    }
    return Found(
        figures=tuple(activity_figures(subject, view)),
        subjects=(subject,),
        rows=({name: value for name, value in row.items() if value is not None},),
    )


def chosen(scope: Scope, asked: OneRun) -> activities.Dated | None:
    """The run that is meant; None where the athlete has no such run."""
    if asked.activity_id is not None:
        return next(iter(several(scope, [asked.activity_id])), None)
    sport = "" if asked.sport == "any" else asked.sport
    filters = activities.Filters(sport=sport)
    if asked.day is not None:
        filters = activities.Filters(sport=sport, since=asked.day, until=asked.day, sort="distance")
    return next(iter(found(scope, filters, 1)), None)


def last_calls(asked: OneRun) -> tuple[str, ...]:
    """What the run that was chosen may be called."""
    if asked.activity_id or asked.day:
        return ()
    what = noun("" if asked.sport == "any" else asked.sport)
    return tuple(f"{word} {what}" for word in NEWEST)


def missing_run(asked: OneRun) -> str:
    """What to say where there is no such run."""
    if asked.activity_id:
        return "You have no activity with this id."
    if asked.day:
        return f"You have no activity ({asked.sport}) on {asked.day.isoformat()}."
    return f"There is no activity ({asked.sport}) in your record yet."


RECENT_RUNS = Tool(
    "recent_runs",
    "Runs by days, sport, name and length; the newest, oldest, longest or fastest first.",
    RecentRuns,
    recent_runs,
)
ONE_RUN = Tool(
    "one_run",
    "Everything known of one run: by id, of a day, or the last one.",
    OneRun,
    one_run,
)
