"""What a plan should become after what has happened: proposals, each with its reason.

Nothing here changes anything. A proposal lists for each workout what would be said of it; only
an athlete who accepts it has that said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from strideiq.training.planning.reasons import Reason, Value
from strideiq.training.planning.structure import (
    Part,
    Repeat,
    Step,
    Structure,
    as_document,
    from_document,
    measure,
)
from strideiq.training.views import WorkoutView

Cause = Literal["illness", "fatigue", "missed", "index"]

LOOK_BACK_DAYS, LOOK_AHEAD_DAYS = 10, 7
MISSED_MIN = 3
"""So many missed workouts within the days looked back on are more than life's usual noise."""

LESS = 0.8
"""What is left of a workout's distance after missed days or with too much fatigue."""

TIRED_SHARE, FITNESS_LEAST = -0.30, 10.0
"""Form below this share of fitness is more than training should take; see ``fitness``."""

EASE_DAYS, AFTER_ILLNESS_DAYS = 5, 3
INDEX_STEP = 0.8
"""A change of the index that is worth other sessions; paces follow it by themselves."""

INDEX_AHEAD_DAYS = 28
ROUND_M = 100.0


@dataclass(frozen=True)
class Situation:
    """What is known on a day."""

    today: date
    workouts: Sequence[WorkoutView]
    speeds_mps: Mapping[str, float]
    """By target, at the index that the plan was made with."""
    fitness: float | None = None
    form: float | None = None
    ill_until: date | None = None
    """The last day of an illness that has begun; None when healthy."""
    index: float | None = None
    made_index: float | None = None
    remade: Mapping[date, tuple[str, Structure]] | None = None
    """What the plan would have on each day if it were made at today's index."""


@dataclass(frozen=True)
class Change:
    """What would be said of one workout."""

    workout: WorkoutView
    said: Mapping[str, Any]

    @property
    def after(self) -> WorkoutView:
        """The workout as it would be."""
        structure = self.workout.structure
        if "structure" in self.said:
            structure = from_document(self.said["structure"])
        return replace(
            self.workout,
            structure=structure,
            session=self.said.get("session", self.workout.session),
            removed=self.said.get("removed", self.workout.removed),
        )


@dataclass(frozen=True)
class Adaptation:
    """A proposal: why, and what would change."""

    cause: Cause
    reason: Reason
    changes: tuple[Change, ...]


def adaptations(situation: Situation) -> list[Adaptation]:
    """What should change, the most pressing first; at most one that lowers the load."""
    easing = [_ill(situation), _tired(situation), _missed(situation)]
    found = [each for each in easing if each is not None and each.changes][:1]
    sharper = _other_index(situation)
    if sharper is not None and sharper.changes:
        found.append(sharper)
    return found


def _ill(situation: Situation) -> Adaptation | None:
    until = situation.ill_until
    if until is None or until < situation.today:
        return None
    changes = [
        Change(each, {"removed": True})
        for each in _ahead(situation, (until - situation.today).days + 1)
    ]
    after = until + timedelta(days=1)
    changes += [
        change
        for each in _open(situation.workouts, after, after + timedelta(days=AFTER_ILLNESS_DAYS))
        if (change := _eased(each, situation, LESS)) is not None
    ]
    values: dict[str, Value] = {"until_day": until.isoformat(), "days": AFTER_ILLNESS_DAYS}
    return Adaptation("illness", Reason("adapt_illness", values), tuple(changes))


def _tired(situation: Situation) -> Adaptation | None:
    fitness, form = situation.fitness, situation.form
    if fitness is None or form is None or fitness < FITNESS_LEAST:
        return None
    if form / fitness >= TIRED_SHARE:
        return None
    values = {"form": round(form), "fitness": round(fitness), "days": EASE_DAYS}
    return Adaptation(
        "fatigue", Reason("adapt_fatigue", values), tuple(_all_eased(situation, EASE_DAYS))
    )


def _missed(situation: Situation) -> Adaptation | None:
    first = situation.today - timedelta(days=LOOK_BACK_DAYS)
    behind = [each for each in situation.workouts if first <= each.day < situation.today]
    missed = [each for each in behind if not each.done]
    if len(missed) < MISSED_MIN:
        return None
    values = {"missed": len(missed), "planned": len(behind), "days": LOOK_BACK_DAYS}
    return Adaptation(
        "missed", Reason("adapt_missed", values), tuple(_all_eased(situation, LOOK_AHEAD_DAYS))
    )


def _other_index(situation: Situation) -> Adaptation | None:
    now, then = situation.index, situation.made_index
    if now is None or then is None or abs(now - then) < INDEX_STEP or not situation.remade:
        return None
    changes = [
        Change(each, {"session": session, "structure": as_document(structure)})
        for each in _ahead(situation, INDEX_AHEAD_DAYS)
        for session, structure in [situation.remade.get(each.day, (each.session, each.structure))]
        if session == each.session != "race" and not _same_work(structure, each.structure)
    ]
    values = {"then": f"{then:.1f}", "now": f"{now:.1f}"}
    code = "adapt_index_up" if now > then else "adapt_index_down"
    return Adaptation("index", Reason(code, values), tuple(changes))


def _same_work(one: Structure, other: Structure) -> bool:
    """Whether two structures differ in nothing but a warm-up or a cool-down."""

    def work(structure: Structure) -> list[Part]:
        return [part for part in structure if isinstance(part, Repeat) or part.role == "work"]

    return one == other or (bool(work(one)) and work(one) == work(other))


def _all_eased(situation: Situation, days: int) -> Iterator[Change]:
    for each in _ahead(situation, days):
        change = _eased(each, situation, LESS)
        if change is not None:
            yield change


def _ahead(situation: Situation, days: int) -> list[WorkoutView]:
    first = situation.today
    return _open(situation.workouts, first, first + timedelta(days=days - 1))


def _open(workouts: Iterable[WorkoutView], first: date, last: date) -> list[WorkoutView]:
    """Workouts that are still to be run, and that the athlete has not shaped already."""
    return [
        each
        for each in workouts
        if first <= each.day <= last
        and not each.done
        and each.outcome is None
        and "structure" not in each.changed
    ]


def _eased(workout: WorkoutView, situation: Situation, share: float) -> Change | None:
    """The same run easier: fast sessions become easy ones, all become shorter; no race does."""
    if workout.session == "race":
        return None
    whole_m, _ = measure(workout.structure, situation.speeds_mps)
    easy: tuple[Part, ...] = (
        Step("run", "easy", distance_m=max(ROUND_M, share * whole_m // ROUND_M * ROUND_M)),
    )
    session = "long" if workout.session.startswith("long") else "easy"
    if is_easy(workout.structure) and workout.session == "shakeout":
        return None
    return Change(workout, {"session": session, "structure": as_document(easy)})


def is_easy(structure: Structure) -> bool:
    """Whether nothing in it is fast."""
    return all(not isinstance(part, Repeat) and part.target == "easy" for part in structure)
