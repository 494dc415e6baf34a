"""The two series that a question of a relation holds together."""

from __future__ import annotations

import re

_SERIES: tuple[tuple[str, str], ...] = (
    ("resting_heart_rate", r"resting heart rate|resting|morning heart rate"),
    ("hrv", r"hrv|variability"),
    ("sleep", r"sleep\w*|slept|night|nights|rest well"),
    ("mood", r"moods?|happy|happier|happiness|motivat\w+"),
    ("soreness", r"sore|soreness|stiff\w*|legs feel"),
    ("stress", r"stress(?:ed|ful)?|tense|tension|work"),
    (
        "load",
        (
            r"load|training(?: volume)?|volume|mileage|distance|km|"
            r"(?:hard|big|heavy) (?:training )?(?:days|training|weeks|sessions)|"
            r"how (?:much|hard|far|often) i (?:run|train)|"
            r"train(?:ing)? hard\w*|running more|long runs?"
        ),
    ),
    ("efficiency", r"efficien\w+"),
    ("heart_rate", r"heart rate"),
    (
        "weight",
        r"weight|weigh|(?:heavier|lighter)(?! (?:training|load|weeks?|days|volume|mileage))",
    ),
    ("nutrition", r"calories|carbs|eat\w*|food|protein"),
    (
        "pace",
        (
            r"pace|faster|slower|speed|fast|performance|run better|perform\w*|running|"
            r"runs|run|times"
        ),
    ),
)
_DRIVERS = (
    "sleep",
    "mood",
    "stress",
    "soreness",
    "hrv",
    "resting_heart_rate",
    "weight",
    "nutrition",
    "load",
)


def pair_of(text: str) -> tuple[str, str]:
    """The first series and what it may act upon; empty strings where a text has not two."""
    found = {
        name: match.start()
        for name, words in _SERIES
        if (match := re.search(rf"(?<![\w-])(?:{words})(?![\w-])", text))
    }
    if "stress" in found and re.search(r"training stress", text):
        del found["stress"]
    if "resting_heart_rate" in found:
        found.pop("heart_rate", None)
    if "pace" in found and "load" in found and found.keys() - {"pace", "load"}:
        del found["pace"]
    two = sorted(found, key=lambda name: found[name])[:2]
    if len(two) == 1 and two[0] in _DRIVERS and two[0] != "load":
        two.append("pace")
    match two:
        case [first, second]:
            return _ordered(first, second)
        case _:
            return "", ""


def _ordered(first: str, second: str) -> tuple[str, str]:
    """What may act before what it may act upon."""
    if first in {"pace", "efficiency", "heart_rate"}:
        first, second = second, first
    if second == "load" and first in {"soreness", "hrv", "resting_heart_rate", "mood"}:
        first, second = second, first
    if first == "sleep" and second == "stress":
        first, second = second, first
    return first, second
