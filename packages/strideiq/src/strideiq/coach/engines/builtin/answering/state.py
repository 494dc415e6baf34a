"""Answers about the whole: how training goes, shoes, and days of rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz import fuzz

from strideiq.coach.engines.builtin.answering import comparing, form, plan, runs, totals
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.runs import plural
from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.intent import Period

NAME_SURE = 85
KINDS_OF_GEAR = frozenset({"trainers", "trainer", "shoes", "shoe", "flats", "bicycle", "bike"})
WORN_SHARE = 90.0
"""From what share of their limit on shoes are worn."""


def state(asking: Asking) -> Iterator[str]:
    """How training goes: this week, the last four, fitness and form, and the race to come."""
    period = asking.bounded(asking.intent.period)
    if period is not None and not period.one_day:
        yield from _span(asking, period)
        return
    for which, words in (
        ({"which": "this_week"}, "This week"),
        ({"days": 28}, "In the last 4 weeks"),
    ):
        found = asking.call("totals", **which)
        for one in subjects(found, "period"):
            known = values(found, one)
            if "pace" in known:
                count = known["runs"]
                yield (
                    f"{words} you ran {asking.say.distance(known['distance'])} in {count:.0f} "
                    f"{plural('run', count)}."
                )
    yield from form.fitness(asking)
    found = asking.call("plan_week", which="this_week")
    if subjects(found, "plan"):
        yield from list(plan.race_goal(asking))[:1]


def _span(asking: Asking, period: Period) -> Iterator[str]:
    """Some days summed up: how far, the longest and the hilliest run, and the time before."""
    yield from totals.total(asking)
    for kind in ("longest", "fastest"):
        intent = replace(asking.intent, kind=kind)
        yield from list(runs.ranked(replace(asking, intent=intent)))[:1]
    earlier = calendar.before(period)
    if earlier is not None and period.last < asking.today:
        yield from comparing.against(asking, period, earlier)


def gear(asking: Asking) -> Iterator[str]:
    """How far shoes have come."""
    found = asking.call("gear_mileage", retired=True)
    every = subjects(found, "gear")
    rows = {str(row["gear_id"]): row for row in found.rows}
    words = asking.intent.words
    sure = {one: _sureness(one.name, words) for one in every}
    surest = max(sure.values(), default=0.0)
    named = [one for one, score in sure.items() if score == surest >= NAME_SURE]
    shown = named or [one for one in every if not rows[one.row_id]["retired"]]
    if not shown:
        yield "No shoes are noted in your log: you can add a pair under Gear."
        return
    for one in shown[:6]:
        known = values(found, one)
        share = f", {known['share']:.0f} % worn" if "share" in known else ""
        yield f"{asking.say.called(one)}: {asking.say.distance(known['distance'])}{share}."
        if known.get("share", 0.0) >= WORN_SHARE and not rows[one.row_id]["retired"]:
            yield "It is time to look for a new pair."


def _sureness(name: str, words: str) -> float:
    """How surely a pair is named: by the words that tell it from others, not by "trainers"."""
    telling = " ".join(word for word in name.lower().split() if word not in KINDS_OF_GEAR)
    return fuzz.partial_ratio(telling, words) if telling else 0.0


def rest_days(asking: Asking) -> Iterator[str]:
    """The last day without a run, and days in a row with one."""
    found = asking.call("rest_days")
    rest = next((one for one in found.subjects if "last rest day" in one.aliases), None)
    if rest is None or rest.first_day is None:
        yield "I find no run in the weeks before today, so there is nothing but rest."
        return
    yield f"Your last rest day was {asking.say.on(rest.first_day)}."
    for one in subjects(found, "rest"):
        if "in a row" in one.aliases:
            count = values(found, one)["days"]
            if count > 0:
                yield f"You have run on {count:.0f} {plural('day', count)} in a row."
