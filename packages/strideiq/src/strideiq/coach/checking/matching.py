"""Whether what is told is what a figure or a trend of the evidence says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strideiq.coach.checking.clauses import Clause, context_of
from strideiq.coach.checking.evidence import Figure, Trend
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import QUANTITIES, SPEAKING, Quantity
from strideiq.coach.checking.trends import TrendTold

_UNIT_LEFT_OUT = frozenset({"rate", "power"})
"""Dimensions whose unit people leave out: "a heart rate of 148"."""
_CONNECTIVES = (
    "and at on in during with for over while but this last next is was were which as to or by of "
    "from average avg max maximum points point now today yesterday that your you the a after "
    "across so when out peak mean"
)
_AFTER_A_BARE_FIGURE = frozenset(_CONNECTIVES.split())


_OTHER_UNIT = re.compile(
    r"(?:%|pct|percent|rpm|bps|hz|k?m|mi|cm|mm|runs?|miles?|kilomet\w*|met(?:er|re)s?|days?|weeks?|"
    r"months?|years?|times?|hours?|min\w*|sec\w*|beats?|watts?|litres?|liters?|l|ml|g|kg|x|fold|"
    r"sessions?|workouts?|races?|steps?|degrees?|stone|ounces?|oz|nights?|check-ins?)$",
    re.IGNORECASE,
)


_NOUNS = {
    "pace": "pace", "rate": r"heart rate|hr|pulse|cadence", "length": r"distance|mileage|climbing|"
    r"ascent|elevation gain", "time": r"time|duration|sleep|hrv", "mass": r"weight|protein",
    "energy": r"calories|intake",
}  # fmt: skip
_NOUN_BEFORE = re.compile(
    rf"\b(?P<noun>{'|'.join(_NOUNS.values())})"
    r"(?:\s(?:in|on|of|for|over|during)\s[^,;.\d]{0,40})?\s"
    r"(?:was|is|of|averaged|averaging|peaked at|hit|reached|stayed at|has been|had been)\s+"
    r"(?:(?:about|around|roughly|just|only|an? average of|approximately|over|under|almost|nearly)"
    r"\s+){0,2}$",
    re.IGNORECASE,
)
"""A quantity as the subject of a figure: "your pace was 135 bpm" is no figure of a pace."""
_PLANNED_BESIDE = re.compile(r"\bplanned\s+(?:about |around )?$", re.IGNORECASE)
_PLANNED_DIMENSIONS = frozenset({"length", "time"})
_OF_A_PLAN = frozenset({"planned_distance", "planned_time", "target_pace"})
_MEAN = re.compile(r"\b(?:average|averaging|averaged|mean)\b", re.IGNORECASE)
_OF_THE_HEART = re.compile(r"\b(?:heart|pulse|hr|bpm|beats)\b", re.IGNORECASE)
"""Where a sentence is of the heart, an average without a unit is one of beats."""


def equal(told: Told, figure: Figure) -> bool:
    """Whether the value of a figure is what is told, within what its last place tells."""
    dimension = QUANTITIES[figure.quantity].dimension
    if told.bare and dimension in _UNIT_LEFT_OUT:
        return within(told.value, told.slack, told.bound, figure.value)
    for value, slack, kind in told.readings:
        if kind == dimension and within(value, slack, told.bound, figure.value):
            return True
    return False


def within(value: float, slack: float, bound: str, true: float) -> bool:
    """Whether a true value is what is told, within half of its last place on each side."""
    tiny = 1e-9 * max(1.0, abs(true)) + 1e-6 * slack
    if bound == "below":
        return value - 2 * slack - tiny <= true <= value + tiny
    if bound == "above":
        return value - tiny <= true <= value + 2 * slack + tiny
    return abs(true - value) <= slack + tiny


def meant(
    told: Told,
    clause: Clause,
    name: str,
    text: str,
    every: Sequence[Told],
    *,
    of_a_plan: bool = False,
) -> bool:
    """Whether the words around a figure name the quantity, and no other one.

    ``of_a_plan``: whether it is told of a row that is planned and not done, so that "planned"
    need not be said.
    """
    quantity = QUANTITIES[name]
    if told.counted == "score":
        return name == "score"
    if quantity.counted or quantity.unit == "runs":
        counted = quantity.needed.search if quantity.counted else quantity.called.match
        return bool(told.bare and told.counted and counted(told.counted))
    if told.bare and told.counted and not _may_follow(told.counted.split()[0], quantity):
        return False
    if not _is_called(told, text, name):
        return False
    if of_a_plan and name in _OF_A_PLAN:
        return told.dimension in {"length", "time", "pace"} and not told.bare
    return _is_named(told, clause, name, text, every)


def _is_named(told: Told, clause: Clause, name: str, text: str, every: Sequence[Told]) -> bool:
    """Whether the nearest words around a figure name a quantity that is no count."""
    quantity = QUANTITIES[name]
    context, near = context_of(text, clause, told, every, SPEAKING[name].search)
    if quantity.needs:
        if not quantity.needed.search(context):
            return False
    elif quantity.dimension not in told.dimensions_told:
        beats = name == "heart_rate" and _MEAN.search(context) and _OF_THE_HEART.search(text)
        if not (quantity.called.search(context) or beats):
            return False
    return not quantity.excluded.search(near)


def _is_called(told: Told, text: str, name: str) -> bool:
    """Whether the noun right before a figure, where one stands there, is of the quantity."""
    noun = _NOUN_BEFORE.search(text, max(0, told.begin - 60), told.begin)
    planned = _PLANNED_BESIDE.search(text[max(0, told.begin - 30) : told.begin])
    planned = planned or re.match(r"\s(?:were |was |had been )?planned\b", text[told.end :])
    if planned and name not in _OF_A_PLAN and QUANTITIES[name].dimension in _PLANNED_DIMENSIONS:
        return False
    if noun is None:
        return True
    word = noun["noun"].lower()
    dimension = next(kind for kind, words in _NOUNS.items() if re.fullmatch(words, word))
    return QUANTITIES[name].dimension == dimension


def _may_follow(word: str, quantity: Quantity) -> bool:
    """Whether a word behind a figure is no unit of something else."""
    if quantity.dimension in _UNIT_LEFT_OUT:
        return word in _AFTER_A_BARE_FIGURE
    return not _OTHER_UNIT.match(word)


def agrees(change: TrendTold, trend: Trend, spoken: Sequence[str]) -> bool:
    """Whether a trend says what is claimed. What went up must be named; "faster" names itself."""
    if change.rank:
        return False
    quantity = QUANTITIES[trend.quantity]
    direction = trend.direction
    if change.claim not in {"faster", "slower"} and not spoken:
        return False
    told = {
        "up": direction == "up",
        "down": direction == "down",
        "flat": direction == "flat",
        "changed": direction != "flat",
        "faster": _quicker(trend, quantity) is True,
        "slower": _quicker(trend, quantity) is False,
        "better": _good(direction, quantity) is True,
        "worse": _good(direction, quantity) is False,
    }[change.claim]
    return not told if change.negated else told


def _good(direction: str, quantity: Quantity) -> bool | None:
    if quantity.more_is_better is None or direction == "flat":
        return None
    return quantity.more_is_better == (direction == "up")


def _quicker(trend: Trend, quantity: Quantity) -> bool | None:
    """Whether less time was needed; None where the trend is of nothing with a tempo."""
    if quantity.dimension not in {"pace", "speed"} or trend.direction == "flat":
        return None
    return (trend.direction == "up") == (quantity.dimension == "speed")
