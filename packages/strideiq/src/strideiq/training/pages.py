"""What the pages of training show of plans, weeks and workouts, put together for templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.platform.formats import Formats
from strideiq.platform.language import gettext as _
from strideiq.training import pictures, standing, views, words
from strideiq.training.planning.request import monday_of
from strideiq.training.planning.structure import flat
from strideiq.training.targets import Targets, metres_by_intensity
from strideiq.training.views import PlanView, WorkoutView

EASY_SESSIONS = frozenset({"easy", "strides", "long", "shakeout"})
"""Shown as easy, whatever accelerations are in them."""

GOOD_SCORE, FAIR_SCORE = 0.85, 0.6


@dataclass(frozen=True)
class Shown:
    """A workout at today's form, in words."""

    workout: WorkoutView
    title: str
    summary: str
    distance_m: float
    duration_s: float
    done_m: float
    """What was run: by the recording, else by the athlete's word as planned."""
    intensity: int
    state: str
    """``planned``, ``done``, ``skipped`` or ``missed``."""
    score_words: str
    race: bool


@dataclass(frozen=True)
class ShownWeek:
    """A week of a plan."""

    number: int
    monday: date
    phase: str
    recovery: bool
    reason: str
    workouts: tuple[Shown, ...]
    planned_m: float
    done_m: float
    current: bool
    past: bool

    @property
    def last_day(self) -> date:
        """Its Sunday."""
        return self.monday + timedelta(days=6)


class Presenter:
    """Shows workouts to one athlete on one day; asks for the index once."""

    def __init__(self, session: Session, athlete: AthleteView, today: date | None = None) -> None:
        self.today = today or standing.today_of(athlete.time_zone)
        self.f = Formats(athlete.units, athlete.time_zone)
        self.known_index = standing.current_index(session, athlete.athlete_id, self.today)

    def targets(self, workout: WorkoutView) -> Targets:
        """Paces by today's index; by the plan's, where none is known."""
        return Targets.of(self.known_index or workout.made_index, workout.goal_distance_m)

    def show(self, workout: WorkoutView) -> Shown:
        """One workout."""
        targets = self.targets(workout)
        distance_m, duration_s = targets.measure(workout.structure)
        levels = metres_by_intensity([workout], targets)
        level = 1 if workout.session in EASY_SESSIONS else max(levels, default=1)
        return Shown(
            workout=workout,
            title=workout.title or words.session_words(workout.session),
            summary=self._summary(workout, targets),
            distance_m=distance_m,
            duration_s=duration_s,
            done_m=_done_m(workout, distance_m),
            intensity=level,
            state=self._state(workout),
            score_words=score_words(workout),
            race=workout.session == "race",
        )

    def weeks(self, plan: PlanView, workouts: Sequence[WorkoutView]) -> list[ShownWeek]:
        """A plan's weeks with their workouts; one that was moved is where it was moved to."""
        known = {week.monday: week for week in plan.weeks}
        mondays = sorted(known | {monday_of(each.day): None for each in workouts})
        return [
            self._week(number, monday, known.get(monday), workouts)
            for number, monday in enumerate(mondays, start=1)
        ]

    def arc(self, weeks: Iterable[ShownWeek]) -> pictures.Arc:
        """The picture of a plan."""
        return pictures.arc([self._amount(week) for week in weeks])

    def _week(
        self,
        number: int,
        monday: date,
        known: views.PlanWeek | None,
        workouts: Sequence[WorkoutView],
    ) -> ShownWeek:
        shown = [self.show(each) for each in workouts if monday_of(each.day) == monday]
        counted = [each for each in shown if each.state != "skipped"]
        return ShownWeek(
            number=number,
            monday=monday,
            phase=known.phase if known else "base",
            recovery=known.recovery if known else False,
            reason=words.say(known.reason, self.f) if known else "",
            workouts=tuple(shown),
            planned_m=sum(each.distance_m for each in counted),
            done_m=sum(each.done_m for each in shown),
            current=monday_of(self.today) == monday,
            past=monday < monday_of(self.today),
        )

    def _amount(self, week: ShownWeek) -> pictures.WeekAmount:
        levels: dict[int, float] = {}
        for each in week.workouts:
            targets = self.targets(each.workout)
            for level, metres in metres_by_intensity([each.workout], targets).items():
                levels[level] = levels.get(level, 0.0) + metres
        return pictures.WeekAmount(
            week.number,
            week.monday,
            week.phase,
            week.recovery,
            levels,
            week.done_m,
            week.current,
        )

    def _summary(self, workout: WorkoutView, targets: Targets) -> str:
        """What a workout's title and distance do not say: its repeats, or how easy is easy."""
        if len(workout.structure) == 1:
            paces = next(targets.ranges[step.target] for step in flat(workout.structure))
            return words.pace_range_words(paces, self.f)
        return words.summary(workout.structure, self.f)

    def _state(self, workout: WorkoutView) -> str:
        if workout.done:
            return "done"
        if workout.outcome == "skipped":
            return "skipped"
        return "missed" if workout.day < self.today else "planned"


def _done_m(workout: WorkoutView, planned_m: float) -> float:
    if workout.match is not None:
        return workout.match.distance_m or planned_m
    return planned_m if workout.outcome == "done" else 0.0


def score_words(workout: WorkoutView) -> str:
    """How well the run was what was planned, in a few words; empty without a run."""
    if workout.match is None:
        return _("done, you said") if workout.outcome == "done" else ""
    if workout.match.score >= GOOD_SCORE:
        return _("as planned")
    return _("nearly") if workout.match.score >= FAIR_SCORE else _("partly")


def load_plan(
    session: Session, athlete: AthleteView, plan_id: UUID
) -> tuple[PlanView, list[WorkoutView]]:
    """A plan and its workouts.

    Raises:
        NoSuchPlanError: the athlete has no such plan.
    """
    plan = views.plan(session, athlete.athlete_id, plan_id)
    return plan, views.workouts_of_plan(session, athlete.athlete_id, plan_id)
