"""Whether a runner is ready for a race: what the log shows for it, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from strideiq.coach.engines.builtin.answering import form
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.bests import named

DAYS = 84
"""Twelve weeks: what a race is prepared by."""
LONG_SHARE = 0.7
"""What part of the distance the longest run should have, for races beyond an hour."""
LONG_M_MAX = 30_000.0
"""Longer than this no long run needs to be."""
WEEK_SHARE, WEEK_M_MIN, WEEK_M_MAX = 1.3, 20_000.0, 60_000.0
"""How much a usual week should have, as a share of the distance, and between which bounds."""


def ready(asking: Asking) -> Iterator[str]:
    """What could be run now, the longest run, the usual week, form, and what is missing."""
    distance_m = asking.intent.distance_m or _goal_m(asking)
    name = named(distance_m)
    if distance_m is None or name is None:
        yield from form.predict(asking)
        return
    found = asking.call("race_equivalents", distance=name)
    races = subjects(found, "race_equivalent")
    missing: list[str] = []
    if races:
        yield form.predicted(found, races[0])
    else:
        missing.append("a race or a hard effort to judge your speed by")
    yield from _longest(asking, distance_m, missing)
    yield from _week(asking, distance_m, missing)
    yield from list(form.fitness(asking))[:2]
    yield from _verdict(missing)


def _goal_m(asking: Asking) -> float | None:
    """The distance of the race that the plan leads to, where none is named."""
    found = asking.call("plan_week", which="this_week")
    for plan in subjects(found, "plan"):
        return values(found, plan).get("distance")
    return None


def _longest(asking: Asking, distance_m: float, missing: list[str]) -> Iterator[str]:
    found = asking.call("recent_runs", days=DAYS, sort="longest", limit=1)
    rows = subjects(found, "activity")
    far_m = 0.0
    if rows:
        known = values(found, rows[0])
        far_m = known.get("distance", 0.0)
        when = f" {asking.say.on(rows[0].first_day)}" if rows[0].first_day else ""
        yield (
            f"Your longest run in the last 12 weeks was {asking.say.called(rows[0])}{when}: "
            f"{asking.say.distance(far_m, 2)}."
        )
    if far_m < min(LONG_SHARE * distance_m, LONG_M_MAX):
        missing.append("long runs that come near to the distance")


def _week(asking: Asking, distance_m: float, missing: list[str]) -> Iterator[str]:
    found = asking.call("totals", days=DAYS)
    for one in subjects(found, "mean_week"):
        known = values(found, one)
        yield f"On average you run {asking.say.distance(known['distance'])} per week."
        if known["distance"] >= min(max(WEEK_SHARE * distance_m, WEEK_M_MIN), WEEK_M_MAX):
            return
    missing.append("a usual week that has enough distance for it")


def _verdict(missing: list[str]) -> Iterator[str]:
    if not missing:
        yield "For that distance your log has what it takes: speed, long runs and steady weeks."
        yield "Rest enough in the week of the race, begin evenly, and listen to your body."
        return
    yield f"What is missing for it: {', and '.join(missing)}."
    yield "Build that up step by step, and you can stand at the start with confidence."
