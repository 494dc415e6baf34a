"""Figures in English text, in digits and in words, with their units and how exactly they are told.

A figure told with two decimals claims two decimals; "about 50 minutes" claims tens of minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from strideiq.coach.checking.quantities import Dimension
from strideiq.coach.checking.words import as_digits

Bound = Literal["near", "below", "above"]


@dataclass(frozen=True)
class Told:
    """One figure of a text: what it says, and where."""

    begin: int
    end: int
    value: float
    """In the unit that quantities of this dimension are kept in."""
    slack: float
    """Half a unit of the last place that was told."""
    dimension: Dimension
    counted: str = ""
    """For a count, what is counted, as it was said."""
    bound: Bound = "near"
    """Whether the true value must lie below ("almost") or above ("more than") what is told."""
    bare: bool = False
    """Whether it was told without any unit."""
    other: tuple[float, float, Dimension] | None = None
    """A second reading, value, slack and dimension: 1:35 is 95 s or 95 minutes."""


_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_PER_LONG = r"(?:/|\s?per\s|\sa\s|\sper\s)\s?(?P<long>km|kilomet(?:re|er)|k|mi|mile)\b"

_UNITS: Mapping[str, tuple[Dimension, float]] = {
    r"km/h|kph|kilomet(?:re|er)s (?:per|an) hour": ("speed", 1 / 3.6),
    r"mph|miles (?:per|an) hour": ("speed", 0.44704),
    r"m/s|metres per second|meters per second": ("speed", 1.0),
    r"km|k|kilomet(?:re|er)s?": ("length", 1000.0),
    r"mi|miles?": ("length", 1609.344),
    r"ft|feet|foot": ("length", 0.3048),
    r"yd|yards?": ("length", 0.9144),
    r"m|met(?:re|er)s?": ("length", 1.0),
    r"ms|milliseconds?": ("time", 0.001),
    r"h|hrs?|hours?": ("time", 3600.0),
    r"min|mins|minutes?": ("time", 60.0),
    r"s|secs?|seconds?": ("time", 1.0),
    r"bpm|beats(?: per minute| a minute)?": ("rate", 1.0),
    r"spm|steps (?:per|a) minute": ("rate", 1.0),
    r"%|per ?cent|percentage points?": ("share", 1.0),
    r"kcal|calories|kilocalories": ("energy", 1.0),
    r"kj|kilojoules": ("energy", 1 / 4.184),
    r"kg|kilos?|kilograms?": ("mass", 1.0),
    r"g|grams?": ("mass", 0.001),
    r"lbs?|pounds?": ("mass", 0.45359237),
    r"°\s?c|degrees(?: celsius)?": ("temperature", 1.0),
    r"w|watts?": ("power", 1.0),
}
_UNIT = "|".join(f"(?P<u{number}>{unit})" for number, unit in enumerate(_UNITS))

_CLOCK = re.compile(
    rf"(?<![\d:.])(?P<a>\d{{1,3}}):(?P<b>[0-5]\d)(?::(?P<c>[0-5]\d))?(?P<tenth>\.\d)?(?![\d:])"
    rf"(?:\s?(?:min)?(?:{_PER_LONG})|\s?(?P<hours>h|hours)\b|\s?(?P<minutes>min|minutes)\b"
    r"|\s?(?P<no>km|k|mi|miles|kilomet(?:re|er)s|bpm|%|kg|m|kcal)\b)?",
    re.IGNORECASE,
)
_MIXED = re.compile(
    r"(?<![\d.])(?P<h>\d+)\s?(?:h|hrs?|hours?)(?:,?\s(?:and\s)?|\s?)(?P<m>\d+)\s?(?:m|min|mins|minutes?)\b"
    r"(?:(?:,?\s(?:and\s)?|\s?)(?P<s>\d+)\s?(?:s|secs?|seconds?)\b)?",
    re.IGNORECASE,
)
_MINUTES = re.compile(
    r"(?<![\d.])(?P<m>\d+)\s?(?:m|min|mins|minutes?)(?:,?\s(?:and\s)?|\s?)(?P<s>\d+)\s?(?:s|secs?|seconds?)\b"
    rf"(?:{_PER_LONG})?",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(
    rf"(?<![\d.:])(?P<sign>[-+\u2212])?(?P<number>{_NUMBER})(?:\s|-)?(?:{_UNIT})(?![\w])",
    re.IGNORECASE,
)
_SCALE = re.compile(r"(?<![\d.])(?P<number>\d+(?:\.\d+)?)(?:/| out of )(?:10|5)\b")
_BARE = re.compile(
    rf"(?<![\d.:])(?P<sign>[-+\u2212])?(?P<number>{_NUMBER})(?![\d:])(?:(?:\s|-)(?P<after>[a-z-]+(?:\s[a-z-]+){{0,2}}))?",
    re.IGNORECASE,
)
_FAHRENHEIT = re.compile(
    rf"(?P<sign>[-\u2212])?(?P<number>{_NUMBER})\s?(?:°\s?f|degrees fahrenheit)\b", re.IGNORECASE
)

_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|some|circa)|~|≈)\s?(?:the |a )?$", re.IGNORECASE
)
_BELOW = re.compile(
    r"\b(?:almost|nearly|just under|under|below|less than|fewer than|close to|not quite|up to|"
    r"at most)\s(?:a )?$",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\b(?:over|just over|more than|above|at least|a good|well over|a little over)\s(?:a )?$",
    re.IGNORECASE,
)


def figures(text: str) -> list[Told]:
    """Every figure of a text, in its order.

    Number words are read as digits of the same place: positions are those of ``text`` as
    ``words.as_digits`` gives it, which has the same length.
    """
    plain = as_digits(text)
    taken: list[tuple[int, int]] = []
    found: list[Told] = []
    for one in _all(plain):
        if any(one.begin < end and begin < one.end for begin, end in taken):
            continue
        taken.append((one.begin, one.end))
        found.append(_bounded(plain, one))
    return sorted(found, key=lambda one: one.begin)


def _all(text: str) -> Iterator[Told]:
    """Readings, the surest first; a later one counts only where no earlier one stands."""
    for match in _CLOCK.finditer(text):
        yield _clock(match)
    for match in _MIXED.finditer(text):
        seconds = int(match["s"] or 0)
        value = int(match["h"]) * 3600.0 + int(match["m"]) * 60 + seconds
        yield Told(*match.span(), value, 0.5 if match["s"] else 30.0, "time")
    for match in _MINUTES.finditer(text):
        value = int(match["m"]) * 60.0 + int(match["s"])
        if match["long"]:
            yield _pace(match, value, 0.5)
        else:
            yield Told(*match.span(), value, 0.5, "time")
    for match in _FAHRENHEIT.finditer(text):
        value, slack = _read(match)
        yield Told(*match.span(), (value - 32) / 1.8, slack / 1.8, "temperature")
    for match in _SCALE.finditer(text):
        yield Told(*match.span(), *_read(match), "plain", counted="score")
    for match in _WITH_UNIT.finditer(text):
        dimension, factor = next(
            unit for number, unit in enumerate(_UNITS.values()) if match[f"u{number}"]
        )
        value, slack = _read(match)
        yield Told(*match.span(), value * factor, slack * factor, dimension)
    for match in _BARE.finditer(text):
        value, slack = _read(match)
        yield Told(*match.span("number"), value, slack, "plain", match["after"] or "", bare=True)


def _clock(match: re.Match[str]) -> Told:
    first, second = int(match["a"]), int(match["b"])
    tenth = float(match["tenth"] or 0)
    slack = 0.05 if match["tenth"] else 0.5
    if match["no"]:
        return Told(*match.span(), first, 0.0, "plain", counted=match["no"])
    if match["c"]:
        return Told(
            *match.span(), first * 3600 + second * 60 + int(match["c"]) + tenth, slack, "time"
        )
    value = first * 60.0 + second + tenth
    if match["long"]:
        return _pace(match, value, slack)
    if match["hours"]:
        return Told(*match.span(), value * 60, 30.0, "time")
    pace: tuple[float, float, Dimension] = (value / 1000, slack / 1000, "pace")
    return Told(*match.span(), value, slack, "time", other=None if match["minutes"] else pace)


def _pace(match: re.Match[str], value_s: float, slack_s: float) -> Told:
    long_m = 1609.344 if match["long"].lower().startswith("mi") else 1000.0
    return Told(*match.span(), value_s / long_m, slack_s / long_m, "pace")


def _read(match: re.Match[str]) -> tuple[float, float]:
    """A number, and half a unit of its last place."""
    text = match["number"].replace(",", "")
    whole, _, decimals = text.partition(".")
    del whole
    value = float(text)
    if (match.groupdict().get("sign") or "+") in "-\u2212":
        value = -value
    return value, 0.5 * 10.0 ** -len(decimals)


def _bounded(text: str, one: Told) -> Told:
    """Take into account what stands before the figure: about, almost, more than."""
    before = text[max(0, one.begin - 24) : one.begin]
    bound: Bound = "near"
    if _BELOW.search(before):
        bound = "below"
    elif _ABOVE.search(before):
        bound = "above"
    elif not _ABOUT.search(before):
        return one
    digits = re.sub(r"\D.*$", "", text[one.begin : one.end].lstrip("-+\u2212").replace(",", ""))
    zeros = len(digits) - len(digits.rstrip("0"))
    slack = one.slack * 10.0**zeros if "." not in text[one.begin : one.end] else one.slack
    return replace(one, slack=slack, bound=bound)
