"""Tools of injuries, and of what goes together with what."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from strideiq.coach.checking.evidence import Figure, RowSet, Subject
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.periods import spoken
from strideiq.coach.tools.tool import ROWS_MAX, Arguments, Found, Scope, Tool
from strideiq.wellness import public as wellness

NOTES_SHOWN = 200
CHANGE = {
    "sleep_h": ("sleep", 3600.0),
    "sleep_quality": ("score", 1.0),
    "soreness": ("score", 1.0),
    "mood": ("score", 1.0),
    "stress": ("score", 1.0),
    "resting_heart_rate_bpm": ("resting_heart_rate", 1.0),
    "hrv_ms": ("hrv", 0.001),
    "load": ("load", 1.0),
    "pace": ("share", 1.0),
}
"""By series, the quantity of its change and what it is multiplied by."""

CALLED = {
    "sleep_h": ("sleep",),
    "sleep_quality": ("sleep quality",),
    "soreness": ("soreness",),
    "mood": ("mood",),
    "stress": ("stress",),
    "resting_heart_rate_bpm": ("resting heart rate",),
    "hrv_ms": ("hrv",),
    "load": ("training load", "load", "training"),
    "pace": ("pace", "running", "speed", "your runs", "the day's run", "your running"),
}


class Injuries(Arguments):
    """Whether only what still hurts is asked for."""

    open_only: bool = False


def injuries(scope: Scope, asked: Injuries) -> Found:
    """What hurt, from when to when, and how badly at its worst."""
    known = wellness.injuries(scope.session, scope.athlete_id)
    every = [one for one in known if one.ended_on is None or not asked.open_only]
    if not every:
        return Found(missing="No injury is noted that still hurts." if asked.open_only else
                     "No injury is noted.")  # fmt: skip
    shown = every[:ROWS_MAX]
    figures: list[Figure] = []
    subjects = []
    for one in shown:
        ended = one.ended_on or scope.today
        subject = Subject(
            "injury", str(one.injury_id), one.place, one.began_on, one.ended_on,
            (*_place_words(one.place), *spoken(one.began_on, ended, scope.today)),
            f"/wellness/injuries/{one.injury_id}",
        )  # fmt: skip
        length = ((one.ended_on or scope.today) - one.began_on).days + 1
        figures += figures_of(subject, {"score": one.severity})
        figures += figures_of(subject, {"days": length}, FORMULA_VERSION)
        subjects.append(subject)
    rows = tuple(
        {
            "place": one.place,
            "began_on": one.began_on.isoformat(),
            "ended_on": one.ended_on.isoformat() if one.ended_on else None,
            "severity_of_5": one.severity,
            "severity": wellness.SEVERITIES[one.severity],
            "notes": one.notes[:NOTES_SHOWN],
        }
        for one in shown
    )
    notes = tuple(
        (subject, one.notes[:NOTES_SHOWN])
        for subject, one in zip(subjects, shown, strict=True)
        if one.notes
    )
    return Found(
        tuple(figures),
        subjects=tuple(subjects),
        rows=rows,
        cut_off=len(every) > len(rows),
        notes=notes,
    )


def _place_words(place: str) -> tuple[str, ...]:
    """A place as people say it: "Calf, left" is also the left calf."""
    part, comma, side = place.partition(",")
    return (f"{side.strip()} {part}",) if comma and side.strip() else ()


class Relations(Arguments):
    """Which relations: all that are asked, or those of one series."""

    about: Literal[
        "sleep_h", "sleep_quality", "soreness", "mood", "stress", "resting_heart_rate_bpm",
        "hrv_ms", "load", "pace",
    ] | None = Field(None, description="pace: speed at the same heart rate.")  # fmt: skip


def relations(scope: Scope, asked: Relations) -> Found:
    """What goes together with what, over how many pairs of days, and what cannot be told."""
    first = scope.today - timedelta(days=wellness.RELATION_DAYS - 1)
    known = wellness.daily(scope.session, scope.athlete_id, first, scope.today)
    answers = [
        one
        for one in wellness.answers(known.series)
        if asked.about in {None, one.question.first, one.question.second}
    ]
    figures: list[Figure] = []
    rows: list[dict[str, object]] = []
    for one in answers:
        figures += _figures(one)
        rows.append(_row(one))
    lacking = [words for one in answers if (words := wellness.missing_words(one))]
    missing = "" if figures else " ".join(lacking[:3])
    seen = frozenset(_subject(one) for one in answers if one.state == "seen")
    asked_of = RowSet(
        ("relation",),
        tuple(frozenset({_subject(one)}) for one in answers),
        ever=asked.about is None,
        marked=(("seen", seen),),
    )
    return Found(tuple(figures), rows=tuple(rows), missing=missing, sets=(asked_of,))


def _subject(answer: wellness.Answer) -> Subject:
    question = answer.question
    pairs = [
        alias
        for first in CALLED[question.first]
        for second in CALLED[question.second]
        for alias in (f"{first} and {second}", f"{second} and {first}", f"{first} and the {second}")
    ]
    return Subject(
        "relation",
        f"{question.first}:{question.second}:{question.lag_days}",
        question.title,
        aliases=tuple(dict.fromkeys(pairs)),
        address="/wellness/relations",
    )


def _figures(answer: wellness.Answer) -> list[Figure]:
    found, question = answer.found, answer.question
    if not isinstance(found, wellness.Relation):
        return []
    subject = _subject(answer)
    figures = figures_of(
        subject, {"correlation": found.correlation, "pairs": found.pairs}, FORMULA_VERSION
    )
    ends = {"low": found.correlation_low, "high": found.correlation_high}
    for part, value in ends.items():
        figures += figures_of(subject, {"correlation": value}, FORMULA_VERSION, part)
    if answer.state == "seen" and answer.change is not None:
        quantity, factor = CHANGE[question.second]
        change = {quantity: abs(answer.change[0]) * factor}
        figures += figures_of(subject, change, FORMULA_VERSION, "change")
    return figures


def _row(answer: wellness.Answer) -> dict[str, object]:
    found, question = answer.found, answer.question
    row: dict[str, object] = {
        "question": question.title,
        "first": question.first,
        "second": question.second,
        "days_later": question.lag_days,
        "verdict": answer.state,
        "pairs_of_days": found.pairs,
    }
    if isinstance(found, wellness.Relation):
        change = answer.change
        row |= {
            "correlation": round(found.correlation, 3),
            "correlation_low": round(found.correlation_low, 3),
            "correlation_high": round(found.correlation_high, 3),
            "chance": None if answer.p_adjusted is None else round(answer.p_adjusted, 4),
            "step": wellness.SERIES[question.first].step_words,
            "change": None if change is None else round(change[0], 3),
            "change_unit": wellness.SERIES[question.second].unit,
        }
    else:
        row["missing"] = wellness.missing_words(answer)
    return row


INJURIES = Tool(
    "injuries",
    "What hurt, from when to when, and how badly; what still hurts first.",
    Injuries,
    injuries,
)
RELATIONS = Tool(
    "relations",
    "What goes together, such as sleep and the next run, and how many pairs of days say so.",
    Relations,
    relations,
)
