"""Answers about the whole: how training goes, shoes, and days of rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz import fuzz

from strideiq.coach.engines.builtin.answering import comparing, form, plan, runs, totals
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.runs import plural
from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found

NAME_SURE = 85
_WORN_ON = re.compile(r"\b(?:wear|wore|worn|did i use|used)\b")
_LEFT = re.compile(r"\b(?:left|replac\w*|new (?:pair|shoes|trainers)|limit|retir\w*|worn out)\b")
_SHOES = re.compile(r"\b(?:shoes?|trainers?|sneakers?|footwear|pairs?|flats|kicks)\b")
_LONGEST = re.compile(r"\b(?:longest|best|most|max\w*|record|biggest)\b")
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
    if _SHOES.search(words):
        shown = [one for one in shown if rows[one.row_id]["kind"] == "shoes"] or shown
    if not shown:
        yield "No shoes are noted in your log: you can add a pair under Gear."
        return
    if asking.intent.run is not None and _WORN_ON.search(words):
        yield "Which pair you wore stands on the page of the run. Here is what you have in use."
    limits = {one.row_id: values(found, one)["distance"] for one in subjects(found, "gear_limit")}
    worn = False
    for one in sorted(shown, key=lambda one: -values(found, one)["distance"])[:6]:
        known = values(found, one)
        share = f", {known['share']:.0f} % worn" if "share" in known else ""
        yield f"{asking.say.called(one)}: {asking.say.distance(known['distance'])}{share}."
        if one.row_id in limits and _LEFT.search(words):
            yield f"Its limit is {asking.say.distance(limits[one.row_id])}."
        if known.get("share", 0.0) >= WORN_SHARE and not rows[one.row_id]["retired"]:
            worn = True
            yield "It is time to look for a new pair."
    if _LEFT.search(words) and not worn:
        yield "No pair has to be replaced yet."


def _sureness(name: str, words: str) -> float:
    """How surely a pair is named: by the words that tell it from others, not by "trainers"."""
    telling = " ".join(word for word in name.lower().split() if word not in KINDS_OF_GEAR)
    return fuzz.partial_ratio(telling, words) if telling else 0.0


def rest_days(asking: Asking) -> Iterator[str]:
    """The last day without a run, and days in a row with one."""
    period = asking.bounded(asking.intent.period)
    found = asking.call_for("rest_days", period)
    yield from _rest_counted(asking, found, period)
    rest = next((one for one in found.subjects if "last rest day" in one.aliases), None)
    if rest is None or rest.first_day is None:
        yield "I find no run in the weeks before today, so there is nothing but rest."
        return
    if period is not None and period.last < asking.today:
        return
    yield f"Your last rest day was {asking.say.on(rest.first_day)}."
    for one in subjects(found, "rest"):
        if "in a row" in one.aliases:
            count = values(found, one)["days"]
            if count > 0:
                yield f"You have run on {count:.0f} {plural('day', count)} in a row."


def _rest_counted(asking: Asking, found: Found, period: Period | None) -> Iterator[str]:
    """How many days were free, and the most in a row that were not, where that is asked for."""
    for one in subjects(found, "rest"):
        if "rest days" in one.aliases and period is not None:
            count = values(found, one)["days"]
            yield f"Rest days {asking.say.period(period)}: {count:.0f} {plural('day', count)}."
    if period is None and not _LONGEST.search(asking.intent.words):
        return
    for one in subjects(found, "streak"):
        count = values(found, one)["days"]
        if count > 1 and one.first_day and one.last_day:
            words = asking.say.period(period).removeprefix("in ") if period else ""
            rank = next((each for each in one.aliases if each.endswith(words)), "streak")
            days = f"from {asking.say.dated(one.first_day)} to {asking.say.dated(one.last_day)}"
            yield f"Your {rank}: {count:.0f} days, {days}."
