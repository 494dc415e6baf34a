"""What a plan is made from: the goal, the runner, and what life allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from strideiq.physiology.public import INDEX_MAX, INDEX_MIN
from strideiq.training.planning.reasons import PlanningError, Reason

Experience = Literal["new", "regular", "experienced"]
EXPERIENCES: tuple[str, ...] = get_args(Experience)

GOAL_MIN_M, GOAL_MAX_M = 1_500.0, 100_000.0
WEEKS_MAX = 52
WEEK_DAYS = 7


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, both within."""

    first_day: date
    last_day: date

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class Request:
    """A wish for a plan. Distances are in metres, weekdays count from Monday as 0."""

    goal_distance_m: float
    race_day: date
    start_day: date
    index: float
    """The running performance index that paces and times come from."""
    weekdays: frozenset[int]
    long_run_weekday: int
    weekly_distance_m: float
    """What the runner runs in a week now."""
    longest_run_m: float = 0.0
    """The longest run of the last weeks; 0 where it is not known."""
    weekly_distance_max_m: float | None = None
    experience: Experience = "regular"
    breaks: tuple[Span, ...] = ()
    """Days without running: holidays, an injury that heals."""
    easy_until: date | None = None
    """Nothing fast up to and with this day, for example after an injury."""

    def open_days(self, monday: date) -> list[date]:
        """The days of a week on which a run can be planned; the race's own day is none."""
        week = (monday + timedelta(days=number) for number in range(WEEK_DAYS))
        return [day for day in week if self.is_open(day)]

    def is_open(self, day: date) -> bool:
        """Whether a run can be planned on this day."""
        return (
            day.weekday() in self.weekdays
            and self.start_day <= day < self.race_day
            and not any(day in span for span in self.breaks)
        )


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def check(request: Request) -> None:
    """Refuse what no plan can be made for.

    Raises:
        PlanningError: the first thing that does not fit, and what would.
    """
    for refusal in _refusals(request):
        raise refusal


def _refusals(request: Request) -> Iterator[PlanningError]:
    race_day = request.race_day.isoformat()
    if request.race_day <= request.start_day:
        yield PlanningError(
            Reason("goal_is_past", {"race_day": race_day}), Reason("choose_later_day")
        )
    if not GOAL_MIN_M <= request.goal_distance_m <= GOAL_MAX_M:
        yield PlanningError(
            Reason("goal_distance", {"distance_m": request.goal_distance_m}),
            Reason("choose_distance", {"shortest_m": GOAL_MIN_M, "longest_m": GOAL_MAX_M}),
        )
    weeks = (request.race_day - request.start_day).days / WEEK_DAYS
    if weeks > WEEKS_MAX:
        start = request.race_day - timedelta(weeks=WEEKS_MAX)
        yield PlanningError(
            Reason("goal_is_far", {"weeks": round(weeks), "weeks_max": WEEKS_MAX}),
            Reason("start_later", {"start_day": start.isoformat()}),
        )
    if not INDEX_MIN <= request.index <= INDEX_MAX:
        yield PlanningError(Reason("index_unknown"), Reason("give_race"))
    if not request.weekdays or not request.weekdays <= set(range(WEEK_DAYS)):
        yield PlanningError(Reason("no_days"), Reason("choose_days"))
    if request.long_run_weekday not in request.weekdays:
        yield PlanningError(Reason("long_run_day"), Reason("choose_long_run_day"))
    highest = request.weekly_distance_max_m
    if request.weekly_distance_m < 0 or (highest is not None and highest <= 0):
        yield PlanningError(Reason("negative_distance"), Reason("give_distance"))
    if any(span.last_day < span.first_day for span in request.breaks):
        yield PlanningError(Reason("break_backwards"), Reason("give_break"))
