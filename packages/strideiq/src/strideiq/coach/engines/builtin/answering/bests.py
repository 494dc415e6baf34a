"""Answers about personal bests: one, all of them, and how one came about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.understanding.distances import HALF_M
from strideiq.coach.tools.tool import Found
from strideiq.physiology.public import MARATHON_M, MILE_M
from strideiq.platform.formats import duration_text

NAMED: tuple[tuple[str, float], ...] = (
    ("400 m", 400.0), ("800 m", 800.0), ("1 km", 1000.0), ("1 mile", MILE_M), ("3 km", 3000.0),
    ("5 km", 5000.0), ("10 km", 10_000.0), ("15 km", 15_000.0), ("Half marathon", HALF_M),
    ("Marathon", MARATHON_M),
)  # fmt: skip
"""Distances over which bests are kept."""
NEAR = 0.012
"""By what share a distance may differ and still be meant."""
SPOKEN = {"Half marathon": "half marathon", "Marathon": "marathon", "1 mile": "mile"}
TIMES_TOLD = 5
_LAST = re.compile(r"\b(?:last|latest|most recent|newest) (?:\w+ )?(?:best|record)\b(?! of)")
TRACK_M = 1500.0
"""Times over shorter distances are told to the tenth of a second."""


def named(distance_m: float | None) -> str | None:
    """The name of a distance over which bests are kept."""
    if distance_m is None:
        return None
    return next(
        (name for name, known_m in NAMED if abs(known_m - distance_m) <= NEAR * known_m), None
    )


def spoken(name: str) -> str:
    """A distance as it stands in a sentence."""
    return SPOKEN.get(name, name)


def best(asking: Asking) -> Iterator[str]:
    """The best over one distance, and what it beat."""
    name = named(asking.intent.distance_m)
    if name is None:
        yield _not_kept()
        return
    found = asking.call("personal_bests", distance=name, history=True)
    efforts = subjects(found)
    if not efforts:
        yield _no_best(name)
        return
    standing, known = efforts[0], values(found, efforts[0])
    yield (
        f"Your best {spoken(name)} is {_time(known)}, run in {asking.say.called(standing)} "
        f"{_when(asking, standing)}, a pace of {asking.say.pace(known['pace'])}."
    )
    if len(efforts) > 1:
        former = efforts[1]
        yield (
            f"Your previous {spoken(name)} best was {_time(values(found, former))}, "
            f"in {asking.say.called(former)} {_when(asking, former)}."
        )


def _not_kept() -> str:
    names = ", ".join(spoken(name) for name, _ in NAMED[:-1])
    return f"I keep bests over these distances only: {names} and {spoken(NAMED[-1][0])}."


def _no_best(name: str) -> str:
    """Where there is none: the distance is named by a word, so that it claims no figure."""
    del name
    return (
        "There is no best over that distance yet: a run of at least that length, recorded with "
        "its distance, is missing."
    )


def _time(known: Mapping[str, float]) -> str:
    duration_s = known["duration"]
    if known.get("distance", TRACK_M) < TRACK_M:
        minutes, seconds = divmod(round(duration_s * 10), 600)
        return f"{minutes}:{seconds // 10:02}.{seconds % 10}"
    return duration_text(duration_s)


def _when(asking: Asking, subject: Subject) -> str:
    return asking.say.on(subject.first_day) if subject.first_day else ""


def best_history(asking: Asking) -> Iterator[str]:
    """How the best over a distance came down, the newest first."""
    name = named(asking.intent.distance_m)
    if name is None:
        yield from all_bests(asking)
        return
    found = asking.call("personal_bests", distance=name, history=True)
    efforts = subjects(found)
    if not efforts:
        yield _no_best(name)
        return
    standing = efforts[0]
    yield (
        f"Your best {spoken(name)} is {_time(values(found, standing))}, run "
        f"{_when(asking, standing)}."
    )
    for former in efforts[1:TIMES_TOLD]:
        name_of, when = asking.say.called(former), _when(asking, former)
        yield f"{name_of[:1].upper()}{name_of[1:]} {when}: {_time(values(found, former))}."
    if len(efforts) == 1:
        yield "There is nothing before it that it could be held against."


def all_bests(asking: Asking) -> Iterator[str]:
    """Every personal best, the shortest distance first."""
    found = asking.call("personal_bests")
    efforts = subjects(found)
    if not efforts:
        yield (
            "You have no personal bests yet: a run with its distance recorded is missing, of at "
            "least one lap of a track."
        )
        return
    shown = _asked_for(asking, efforts)
    if not shown:
        yield "None of the bests that stand is of those days. Here are those that came last."
        shown = _newest(efforts)[:TIMES_TOLD]
    for subject in shown:
        yield _one_of_all(asking, found, subject)


def _newest(efforts: list[Subject]) -> list[Subject]:
    return sorted(efforts, key=lambda one: one.first_day or date.min, reverse=True)


def _asked_for(asking: Asking, efforts: list[Subject]) -> list[Subject]:
    """The bests of the days that are asked for; the newest one where the last is."""
    period = asking.intent.period
    if period is not None and period.first is not None:
        return [
            one for one in efforts if one.first_day and period.first <= one.first_day <= period.last
        ]
    return _newest(efforts)[:1] if _LAST.search(asking.intent.words) else efforts


def _one_of_all(asking: Asking, found: Found, subject: Subject) -> str:
    known = values(found, subject)
    name = named(known["distance"]) or ""
    return f"Best {spoken(name)}: {_time(known)}, {_when(asking, subject)}."
