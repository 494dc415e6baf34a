"""One week made whole: its days laid out, its sessions sized and explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from strideiq.training.planning import sessions
from strideiq.training.planning.calendar import WeekFrame
from strideiq.training.planning.goals import Demands
from strideiq.training.planning.layout import Layout, Wish, lay_out
from strideiq.training.planning.plan import Week, Workout
from strideiq.training.planning.reasons import Reason, Value
from strideiq.training.planning.request import Request, monday_of
from strideiq.training.planning.sessions import Session, Size
from strideiq.training.planning.structure import Structure, flat, measure
from strideiq.training.planning.volume import (
    EASY_MAX_SHARE,
    Load,
    days_away,
    long_run_m,
    runs_of,
    week_target_m,
)

FAST_WEEK_MIN_M = 20_000.0
"""Below this a week is too short for a fast session: there would be no room to recover."""

FEW_RUNS = 3
FAST_SIZE = 1.1
"""A fast session, warm-up and all, beside the average of the runs that are not long."""

SHAKEOUT_M = 4_000.0

MENU: Mapping[str, Mapping[str, tuple[Session, ...]]] = {
    "short": {"base": ("repetition",), "build": ("interval", "threshold"),
              "peak": ("race_pace", "interval"), "taper": ("race_pace",)},
    "ten": {"base": ("repetition",), "build": ("interval", "threshold"),
            "peak": ("race_pace", "threshold"), "taper": ("race_pace",)},
    "half": {"base": ("threshold",), "build": ("threshold", "interval"),
             "peak": ("race_pace", "threshold"), "taper": ("race_pace",)},
    "marathon": {"base": ("threshold",), "build": ("threshold", "interval"),
                 "peak": ("threshold", "race_pace"), "taper": ("race_pace",)},
    "ultra": {"base": ("threshold",), "build": ("threshold", "interval"),
              "peak": ("threshold", "race_pace"), "taper": ("race_pace",)},
}  # fmt: skip
"""The fast sessions by goal and phase, the most important first."""

BUILDERS = {
    "threshold": sessions.threshold,
    "interval": sessions.interval,
    "repetition": sessions.repetition,
    "race_pace": sessions.race_pace,
    "sharpener": sessions.sharpener,
}


@dataclass(frozen=True)
class Course:
    """What stays the same from week to week."""

    request: Request
    demands: Demands
    speeds_mps: Mapping[str, float]


def make_week(course: Course, frame: WeekFrame, load: Load, hard_before: Sequence[date]) -> Week:
    """Plan one week from what the runner has come to; the days before it are known."""
    target_m = week_target_m(frame, load, course.request, course.demands)
    runs = runs_of(target_m, len(frame.open_days)) if frame.open_days else 0
    menu = _menu(course, frame, target_m, runs)
    wish = Wish(
        open_days=frame.open_days,
        runs=runs,
        fast=len(menu),
        long_weekday=course.request.long_run_weekday,
        hard_before=hard_before,
        race_day=course.request.race_day,
    )
    layout = lay_out(wish) if runs else Layout(None, (), ())
    workouts = _Filling(course, frame, load, target_m, layout, menu).workouts()
    if monday_of(course.request.race_day) == frame.monday:
        workouts.append(_race(course))
    return Week(
        number=frame.number,
        monday=frame.monday,
        phase=frame.phase,
        recovery=frame.recovery,
        target_m=target_m,
        workouts=tuple(sorted(workouts, key=lambda each: each.day)),
        reason=_week_reason(frame, course.request),
    )


def _menu(course: Course, frame: WeekFrame, target_m: float, runs: int) -> tuple[Session, ...]:
    request = course.request
    if frame.phase == "taper" and frame.taper_left == 0:
        return ("sharpener",) if target_m >= FAST_WEEK_MIN_M / 2 else ()
    if (
        target_m < FAST_WEEK_MIN_M * frame.share
        or frame.recovery
        or days_away(frame, request.breaks)
    ):
        return ()
    menu = MENU[course.demands.name][frame.phase]
    few = runs <= FEW_RUNS or request.experience == "new"
    return menu[:1] if few else menu


@dataclass(frozen=True)
class _Filling:
    """Sizes for the days of one week."""

    course: Course
    frame: WeekFrame
    load: Load
    target_m: float
    layout: Layout
    menu: tuple[Session, ...]

    def workouts(self) -> list[Workout]:
        """The workouts of all its days, the race left out."""
        layout = self.layout
        runs = len(layout.hard) + len(layout.easy)
        if not runs:
            return []
        easy_speed = self.course.speeds_mps["easy"]
        long_m = long_run_m(self.target_m, runs, self.load, self.course.demands, easy_speed)
        made = [self._long(layout.long, long_m)] if layout.long else []
        rest_m = self.target_m - sum(each.distance_m for each in made)
        others = runs - len(made)
        if others:
            longest_m = EASY_MAX_SHARE * long_m
            size = FAST_SIZE if layout.easy else 1.0
            fast_m = min(size * rest_m / others, longest_m * FAST_SIZE)
            made += [
                self._fast(day, session, fast_m)
                for day, session in zip(layout.fast, self.menu, strict=False)
            ]
        rest_m = self.target_m - sum(each.distance_m for each in made)
        easy_m = min(rest_m / max(1, len(layout.easy)), EASY_MAX_SHARE * long_m)
        made += [self._easy(day, number, easy_m) for number, day in enumerate(layout.easy)]
        return made

    def _long(self, day: date, distance_m: float) -> Workout:
        request = self.course.request
        size = self._size(distance_m)
        fast_end = (
            self.course.demands.name == "marathon"
            and self.frame.phase == "peak"
            and not self.frame.recovery
            and self.frame.phase_week % 2 == 0
            and request.experience != "new"
            and _may_be_fast(request, day)
        )
        session: Session = "long_fast_end" if fast_end else "long"
        structure = sessions.long_fast_end(size) if fast_end else sessions.easy(distance_m)
        share = round(100 * distance_m / self.target_m)
        values = {"distance_m": distance_m, "share": share, "before_m": self.load.longest_m}
        code = "long_longest" if distance_m > self.load.longest_m else "long_within"
        return self._workout(day, session, structure, Reason(code, values))

    def _fast(self, day: date, session: Session, distance_m: float) -> Workout:
        size = self._size(distance_m)
        structure = None
        if _may_be_fast(self.course.request, day):
            structure = BUILDERS[session](size)
        if structure is None:
            return self._workout(day, "strides", sessions.strides(size))
        return self._workout(day, session, structure, self._amount(structure))

    def _easy(self, day: date, number: int, distance_m: float) -> Workout:
        request = self.course.request
        if (request.race_day - day).days == 1:
            short_m = min(distance_m, SHAKEOUT_M)
            return self._workout(day, "shakeout", sessions.easy(short_m))
        lively = (
            number == 0
            and len(self.layout.fast) <= 1
            and distance_m >= SHAKEOUT_M
            and self.frame.phase != "taper"
            and not days_away(self.frame, request.breaks)
            and _may_be_fast(request, day)
        )
        if lively:
            return self._workout(day, "strides", sessions.strides(self._size(distance_m)))
        return self._workout(day, "easy", sessions.easy(distance_m))

    def _size(self, distance_m: float) -> Size:
        return Size(
            distance_m=distance_m,
            week_m=self.target_m / max(self.frame.share, 0.5),
            speeds_mps=self.course.speeds_mps,
            turn=self.frame.phase_week,
            goal=self.course.demands.name,
        )

    def _workout(
        self, day: date, session: Session, structure: Structure, *amounts: Reason
    ) -> Workout:
        distance_m, duration_s = measure(structure, self.course.speeds_mps)
        hard = session not in {"easy", "strides", "shakeout"}
        reasons = (Reason(f"session_{session}"), *amounts)
        return Workout(day, session, structure, distance_m, duration_s, hard, reasons)

    def _amount(self, structure: Structure) -> Reason:
        fast = [step for step in flat(structure) if step.role == "work"]
        fast_m, fast_s = measure(fast, self.course.speeds_mps)
        values: dict[str, Value] = {
            "fast_s": fast_s,
            "share": round(100 * fast_m / self.target_m),
        }
        return Reason("fast_amount", values)


def _may_be_fast(request: Request, day: date) -> bool:
    return request.easy_until is None or day > request.easy_until


def _race(course: Course) -> Workout:
    request = course.request
    structure = sessions.race(request.goal_distance_m)
    distance_m, duration_s = measure(structure, course.speeds_mps)
    reasons = (Reason("session_race", {"duration_s": duration_s}),)
    return Workout(request.race_day, "race", structure, distance_m, duration_s, True, reasons)  # noqa: FBT003  the last but one field


def _week_reason(frame: WeekFrame, request: Request) -> Reason:
    if not frame.open_days:
        return Reason("week_off")
    if away := days_away(frame, request.breaks):
        return Reason("week_back", {"days": away})
    if frame.recovery:
        return Reason("week_recovery")
    if frame.phase == "taper" and frame.taper_left == 0:
        return Reason("week_race")
    return Reason(f"week_{frame.phase}")
