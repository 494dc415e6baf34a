"""Workouts of the athlete's own: added to a day, changed like those of a plan, in no plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy.orm import Session

from strideiq.platform.formats import Formats
from strideiq.platform.language import gettext as _
from strideiq.training import notation, views, words
from strideiq.training.errors import WorkoutFieldError
from strideiq.training.models import PlannedWorkout
from strideiq.training.notation import NotationError
from strideiq.training.planning.plan import FORMULA_VERSION
from strideiq.training.planning.structure import Structure, as_document
from strideiq.training.targets import Targets
from strideiq.training.views import WorkoutView
from strideiq.training.workouts import annotate, checked

TIMES = "\N{MULTIPLICATION SIGN}"

EXAMPLES: Mapping[str, tuple[str, str]] = {
    "easy": ("8 km {easy}", "5 mi {easy}"),
    "long": ("18 km {easy}", "11 mi {easy}"),
    "strides": (
        "7 km {easy}; 6 {x} 0:20 {repetition}, 1:00 {easy}",
        "4 mi {easy}; 6 {x} 0:20 {repetition}, 1:00 {easy}",
    ),
    "threshold": (
        "2 km {easy}; 4 {x} 8:00 {threshold}, 1:30 {easy}; 2 km {easy}",
        "1.5 mi {easy}; 4 {x} 8:00 {threshold}, 1:30 {easy}; 1.5 mi {easy}",
    ),
    "interval": (
        "2 km {easy}; 5 {x} 1 km {interval}, 2:30 {easy}; 2 km {easy}",
        "1.5 mi {easy}; 5 {x} 1000 m {interval}, 2:30 {easy}; 1.5 mi {easy}",
    ),
    "repetition": (
        "2 km {easy}; 10 {x} 200 m {repetition}, 1:30 {easy}; 2 km {easy}",
        "1.5 mi {easy}; 10 {x} 200 m {repetition}, 1:30 {easy}; 1.5 mi {easy}",
    ),
    "race": ("2 km {easy}; 10 km {race}", "1 mi {easy}; 10 km {race}"),
}
"""What the form begins with for each kind, in kilometres and in miles; the athlete changes it."""


class WorkoutForm(BaseModel):
    """What was typed, as it was typed, so that a page with an error shows it again."""

    day: str = ""
    kind: str = "easy"
    title: str = ""
    what: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Wanted:
    """A workout as the form describes it."""

    day: date
    session: str
    structure: Structure
    title: str | None
    notes: str | None


def example(kind: str, f: Formats) -> str:
    """A workout of a kind to begin with."""
    metric, imperial = EXAMPLES.get(kind, EXAMPLES["easy"])
    return (metric if f.metric else imperial).format(x=TIMES, **words.target_words())


def form_of(workout: WorkoutView, f: Formats) -> WorkoutForm:
    """A workout that is there, as the form shows it."""
    return WorkoutForm(
        day=workout.day.isoformat(),
        kind=workout.session,
        title=workout.title or "",
        what=written(workout.structure, f),
        notes=workout.notes or "",
    )


def written(structure: Structure, f: Formats) -> str:
    """A structure as its athlete would write it."""
    return notation.write(structure, words.target_words(), f.long_unit, f.long_distance_m)


def wanted(form: WorkoutForm, f: Formats, workout: WorkoutView | None = None) -> Wanted:
    """What a form describes; a text that says the same as ``workout`` changes nothing of it.

    Raises:
        WorkoutFieldError: the day, the kind, a length or the structure cannot be.
    """
    if form.kind not in words.SESSIONS:
        raise WorkoutFieldError(
            _("There is no such kind of workout."), next_step=_("choose one of the list")
        )
    text = form.what.replace("\r\n", "\n").strip()
    same = workout is not None and text == written(workout.structure, f)
    return Wanted(
        day=date.fromisoformat(checked("day", form.day.strip())),
        session=form.kind,
        structure=workout.structure if workout and same else structure_of(text),
        title=checked("title", form.title),
        notes=checked("notes", form.notes.replace("\r\n", "\n")),
    )


def structure_of(text: str) -> Structure:
    """The structure that was typed.

    Raises:
        WorkoutFieldError: it cannot be read; says which part.
    """
    try:
        return notation.read(text, words.target_words())
    except NotationError as error:
        raise WorkoutFieldError(
            _("“%(text)s” cannot be read as a part of a workout.") % {"text": error.text[:80]},
            next_step=_("write a length and a pace, for example “%(example)s”")
            % {
                "example": "2 km {easy}; 4 {x} 1 km {threshold}, 2:00 {easy}".format(
                    x=TIMES, **words.target_words()
                )
            },
        ) from error


def add(session: Session, athlete_id: UUID, asked: Wanted, index: float | None) -> UUID:
    """Put a workout on a day; the caller commits."""
    workout_id = uuid4()
    targets = Targets.of(index or views.ASSUMED_INDEX, views.raced_m(asked.structure))
    distance_m, duration_s = targets.measure(asked.structure)
    session.add(
        PlannedWorkout(
            athlete_id=athlete_id,
            workout_id=workout_id,
            plan_id=None,
            generation=1,
            day=asked.day,
            session=asked.session,
            structure=as_document(asked.structure),
            distance_m=distance_m,
            duration_s=duration_s,
            made_index=index,
            reasons=[],
            formula_version=FORMULA_VERSION,
        )
    )
    session.flush()
    said = {"title": asked.title, "notes": asked.notes}
    annotate(session, athlete_id, workout_id, {name: text for name, text in said.items() if text})
    return workout_id


def change(session: Session, athlete_id: UUID, workout: WorkoutView, asked: Wanted) -> None:
    """Say of a workout what a form changes; what it was before is kept. The caller commits."""
    before = (workout.day, workout.session, workout.structure, workout.title, workout.notes)
    after = (asked.day, asked.session, asked.structure, asked.title, asked.notes)
    stored = (
        asked.day.isoformat(),
        asked.session,
        as_document(asked.structure),
        asked.title,
        asked.notes,
    )
    names = ("day", "session", "structure", "title", "notes")
    said = {
        name: value
        for name, was, now, value in zip(names, before, after, stored, strict=True)
        if was != now
    }
    annotate(session, athlete_id, workout.workout_id, said)
