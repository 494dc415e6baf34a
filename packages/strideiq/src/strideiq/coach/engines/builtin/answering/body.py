"""Answers about mornings, weight, food, injuries, and what goes together with what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, trend, values
from strideiq.coach.engines.builtin.answering.phrasing import joined
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found

MORNING_DAYS = {"sleep": 7}
DAYS = 28
WEIGHT_DAYS = 90
FOOD_DAYS = 7
TITLES = {
    "sleep": "sleep", "resting_heart_rate": "resting heart rate", "hrv": "HRV", "mood": "mood",
    "soreness": "soreness", "stress": "stress",
}  # fmt: skip
RANKED_TOLD = 3
_RANKED = re.compile(
    r"\b(?:best|longest|most(?! recent)|highest|top|"
    r"(?P<least>worst|shortest|least|lowest|fewest))\b"
)
_SINCE = re.compile(r"\b(?:lost|lose|losing|gain\w*|since|chang\w*|put on|dropp\w*|shed|down|up)\b")
_TO_EAT = re.compile(
    r"\b(?:should|shall|what (?:do|can|to)|best (?:food|meal)|good (?:food|meal)|need)\b"
)
GENERAL = ("sleep", "resting_heart_rate", "hrv", "mood", "soreness")
SCORES = {"mood", "soreness", "stress"}


def morning(asking: Asking) -> Iterator[str]:
    """One thing of the mornings: its mean, where it went, and the newest day."""
    what = asking.intent.kind
    period = asking.intent.period
    if period is not None and period.one_day:
        yield from _newest(asking, what, period)
        return
    asked = asking.period(MORNING_DAYS.get(what, DAYS))
    if (ranked := _RANKED.search(asking.intent.words)) is not None:
        if period is None:
            asked = asking.period(DAYS)
        yield from _by_rank(asking, what, asked, least=bool(ranked["least"]))
        return
    if asking.intent.other is not None and asking.intent.other.first is not None:
        yield from _both(asking, what, asked, asking.intent.other)
        return
    found = asking.call_for("check_ins", asked, what=[what])
    means = subjects(found, f"check_ins_{what}")
    if not means:
        yield _none_noted(what)
        return
    when = asking.say.period(asked)
    yield f"{_mean(asking, what, values(found, means[0]))} on average {when}."
    change = trend(found, _quantity(what))
    if change is not None:
        words = {
            "up": "has gone up in that time",
            "down": "has gone down in that time",
            "flat": "has stayed steady in that time",
        }
        yield f"Your {TITLES[what]} {words[change.direction]}."
    yield from _latest(asking, what, found)


def _by_rank(asking: Asking, what: str, asked: Period, *, least: bool) -> Iterator[str]:
    """The days with the most or the least of it, those first."""
    found = asking.call_for("check_ins", asked, what=[what])
    days = [one for one in subjects(found) if one.kind in {"check_in", f"check_in_{what}"}]
    if not days:
        yield _none_noted(what)
        return
    name = _quantity(what)
    days.sort(key=lambda one: values(found, one)[name], reverse=not least)
    for one in days[:RANKED_TOLD]:
        when = _capital(asking.say.on(one.first_day or asking.today))
        told = _mean(asking, what, values(found, one))
        yield f"{when} {told[:1].lower()}{told[1:]}."


def _both(asking: Asking, what: str, first: Period, second: Period) -> Iterator[str]:
    """The means of two spans of days."""
    for one in (first, second):
        found = asking.call_for("check_ins", asking.bounded(one), what=[what])
        for mean in subjects(found, f"check_ins_{what}"):
            yield f"{_mean(asking, what, values(found, mean))} on average {asking.say.period(one)}."
        if not found.figures:
            yield _none_noted(what)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _none_noted(what: str) -> str:
    return (
        f"I cannot tell your {TITLES[what]}: check-ins with it are missing for those days. A "
        "check-in takes a moment each morning."
    )


def _quantity(what: str) -> str:
    return "score" if what in SCORES else what


def _mean(asking: Asking, what: str, known: Mapping[str, float]) -> str:
    if what == "sleep":
        return f"You slept {asking.say.sleep(known['sleep'])}"
    return f"Your {TITLES[what]} was {_value(what, known)}"


def _value(what: str, known: Mapping[str, float]) -> str:
    if what in SCORES:
        return f"{known['score']:.1f} out of 5"
    if what == "hrv":
        return f"{known['hrv'] * 1000:.0f} ms"
    return f"{known['resting_heart_rate']:.0f} bpm"


def _latest(asking: Asking, what: str, found: Found) -> Iterator[str]:
    """The newest day of those that were looked at."""
    days = [one for one in subjects(found) if one.kind in {"check_in", f"check_in_{what}"}]
    if not days or days[0].first_day is None:
        return
    known = values(found, days[0])
    when = asking.say.on(days[0].first_day)
    if what == "sleep":
        night = asking.say.day(days[0].first_day)
        yield f"The newest night noted, {night}: {asking.say.sleep(known['sleep'])} of sleep."
    else:
        yield f"{when[:1].upper()}{when[1:]} your {TITLES[what]} was {_value(what, known)}."


def _newest(asking: Asking, what: str, period: Period) -> Iterator[str]:
    """One day; where nothing is noted of it, the newest day before."""
    day = period.first or asking.today
    found = asking.call(
        "check_ins",
        first_day=(day - timedelta(days=DAYS)).isoformat(),
        last_day=day.isoformat(),
        what=[what],
    )
    if not found.figures:
        yield _none_noted(what)
        return
    yield from _latest(asking, what, found)


def check_ins(asking: Asking) -> Iterator[str]:
    """The mornings as a whole."""
    asked = asking.period(FOOD_DAYS)
    found = asking.call_for("check_ins", asked, what=list(GENERAL))
    whole = subjects(found, "period")
    if not whole:
        yield "I cannot tell how your mornings were: check-ins are missing for those days."
        return
    count = values(found, whole[0])["check_ins"]
    yield f"You made {count:.0f} check-ins {asking.say.period(asked)}."
    for what in GENERAL:
        for one in subjects(found, f"check_ins_{what}"):
            yield f"{_mean(asking, what, values(found, one))} on average."


def weight(asking: Asking) -> Iterator[str]:
    """The newest weight, and where it went; of days that are over, the mean of them."""
    period = asking.intent.period
    if period is not None and period.first is not None and period.last < asking.today:
        yield from _weight_of(asking, period)
        return
    days = asking.intent.period.days if asking.intent.period else 0
    days = min(max(days, 14), 800) if days > 1 else WEIGHT_DAYS
    found = asking.call("weight", days=days)
    newest = next((one for one in subjects(found) if "latest weight" in one.aliases), None)
    if newest is None or newest.first_day is None:
        yield "I cannot tell your weight: check-ins with it are missing in those days."
        return
    kilos = values(found, newest)["weight"]
    noted = asking.say.on(newest.first_day)
    yield f"Your latest weight is {asking.say.weight(kilos)}, noted {noted}."
    for one in subjects(found, "period"):
        if "the first week of it" in one.aliases and _SINCE.search(asking.intent.words):
            before = asking.say.weight(values(found, one)["weight"])
            yield f"In the first week of it your weight was {before}."
    change = trend(found, "weight")
    when = f"over the last {days} days"
    if change is None:
        yield f"I cannot tell which way it goes {when}."
    else:
        words = {"up": "gone up", "down": "gone down", "flat": "stayed stable"}
        yield f"Your weight has {words[change.direction]} {when}."


def _weight_of(asking: Asking, period: Period) -> Iterator[str]:
    """The weight of days that are over: on one day the newest until then."""
    first = period.first or period.last
    if period.one_day:
        first = period.last - timedelta(days=DAYS)
    found = asking.call("check_ins", first_day=first, last_day=period.last, what=["weight"])
    days = [one for one in subjects(found, "check_in") if "weight" in values(found, one)]
    if not days:
        yield "I cannot tell your weight: check-ins with it are missing in those days."
        return
    for one in subjects(found, "check_ins_weight"):
        if not period.one_day:
            mean = asking.say.weight(values(found, one)["weight"])
            yield f"Your weight was {mean} on average {asking.say.period(period)}."
    noted = _capital(asking.say.on(days[0].first_day or asking.today))
    kilos = values(found, days[0])["weight"]
    yield f"{noted} your weight was {asking.say.weight(kilos)}."


def nutrition(asking: Asking) -> Iterator[str]:
    """What was eaten on a day, or in the mean of some days."""
    if _TO_EAT.search(asking.intent.words):
        yield "A log cannot tell what to eat."
        yield (
            "Eat what has agreed with you before: carbohydrate above all, some hours ahead, and "
            "nothing new on race day."
        )
    period = asking.intent.period
    found = asking.call_for("nutrition", asking.period(FOOD_DAYS))
    if period is not None and period.one_day:
        day = next(
            (one for one in subjects(found, "nutrition_day") if one.first_day == period.first), None
        )
        if day is not None and day.first_day is not None:
            when = asking.say.on(day.first_day)
            yield f"{when[:1].upper()}{when[1:]} you ate {_eaten(values(found, day))}."
            return
    means = subjects(found, "nutrition")
    if not means or "energy" not in values(found, means[0]):
        yield "I cannot tell what you ate: meals of those days are missing in your log."
        return
    when = asking.say.period(asking.period(FOOD_DAYS))
    yield f"On average you ate {_eaten(values(found, means[0]))} a day {when}."
    yield "Whether that is enough depends on what you need, which I cannot judge from a log."


def _eaten(known: Mapping[str, float]) -> str:
    parts = [f"{known['energy']:,.0f} kcal"] if "energy" in known else []
    parts += [
        f"{known[name] * 1000:.0f} g of {name}"
        for name in ("carbohydrate", "protein", "fat")
        if name in known
    ]
    return joined(parts)


NAMES = {
    "sleep": "sleep_h",
    "hrv": "hrv_ms",
    "resting_heart_rate": "resting_heart_rate_bpm",
    "efficiency": "pace",
    "heart_rate": "pace",
}
SPOKEN = {
    "sleep_h": "sleep", "hrv_ms": "hrv", "resting_heart_rate_bpm": "resting heart rate",
    "load": "training load", "pace": "pace", "mood": "mood", "soreness": "soreness",
    "stress": "stress", "sleep_quality": "sleep quality",
}  # fmt: skip
WEAK, CLEAR = 0.2, 0.4


def relation(asking: Asking) -> Iterator[str]:
    """Whether two series go together."""
    first, second = (NAMES.get(one, one) for one in asking.intent.pair)
    if first not in SPOKEN or second not in SPOKEN:
        yield _not_asked()
        return
    found = asking.call("relations", about=first)
    row = next(
        (one for one in found.rows if {one["first"], one["second"]} == {first, second}), None
    )
    if row is None:
        yield _not_asked()
        return
    subject = next(
        (
            one
            for one in subjects(found, "relation")
            if one.row_id.startswith(f"{row['first']}:{row['second']}:")
        ),
        None,
    )
    if subject is None:
        yield "I cannot tell yet: days on which both were noted are missing."
        return
    yield from _verdict(found, subject, row)


def _not_asked() -> str:
    return (
        "I do not look at that pair. I look at sleep, mood, stress, soreness, HRV, resting heart "
        "rate and load, and how they go with your running."
    )


def _verdict(found: Found, subject: Subject, row: Mapping[str, object]) -> Iterator[str]:
    known = values(found, subject)
    pair = f"{SPOKEN[str(row['first'])]} and {SPOKEN[str(row['second'])]}"
    if row["verdict"] == "seen":
        yield f"Yes, {pair} go together in your log, by {known['pairs']:.0f} pairs of days."
        strength = abs(known["correlation"])
        word = "weak" if strength < WEAK else "moderate" if strength < CLEAR else "clear"
        yield f"The correlation is {known['correlation']:.2f}, which is {word}."
        yield "That tells what goes together, and not what brings about what."
    else:
        yield (
            f"Chance alone could give what I see: {pair} have a correlation of "
            f"{known['correlation']:.2f}, by {known['pairs']:.0f} pairs of days."
        )
