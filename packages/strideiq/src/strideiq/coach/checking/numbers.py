"""Figures in English text, in digits and in words, with their units and how exactly they are told.

A figure told with two decimals claims two decimals; "about 50 minutes" claims tens of minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
    extra: bool = False
    """Whether it is told as a difference, such as "2 more miles"."""
    bare: bool = False
    """Whether it was told without any unit."""
    others: tuple[tuple[float, float, Dimension], ...] = ()
    """Other readings, each value, slack and dimension: 1:32 is 92 s, 92 minutes or a pace."""

    @property
    def readings(self) -> tuple[tuple[float, float, Dimension], ...]:
        """All that it can mean: value, slack and dimension."""
        return ((self.value, self.slack, self.dimension), *self.others)

    @property
    def dimensions_told(self) -> tuple[Dimension, ...]:
        """The dimensions of its readings."""
        return tuple(dict.fromkeys((self.dimension, *(one[2] for one in self.others))))

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions that it may be of, also where its unit was left out."""
        return (*self.dimensions_told, "rate", "power") if self.bare else self.dimensions_told


_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_PER_LONG = r"(?:/|\s?per\s|\sa\s|\sper\s)\s?(?P<long>km|kilomet(?:re|er)|k|mi|mile)\b"

_PER_BEHIND = re.compile(_PER_LONG, re.IGNORECASE)
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
    r"ml|millilit(?:re|er)s?": ("volume", 0.001),
    r"l|lit(?:re|er)s?": ("volume", 1.0),
    r"°\s?c|degrees(?: celsius)?": ("temperature", 1.0),
    r"w|watts?": ("power", 1.0),
}
_EXTRA = r"(?P<extra>(?:extra|more|fewer|additional|further|less)\s)?"
"""Words that may stand before a unit, and make a difference of the figure."""
_UNIT = "|".join(f"(?P<u{number}>{unit})" for number, unit in enumerate(_UNITS))

_CLOCK = re.compile(
    rf"(?<![\d:.])(?P<a>\d{{1,3}}):(?P<b>[0-5]\d)(?::(?P<c>[0-5]\d))?(?P<tenth>\.\d)?(?![\d:])"
    rf"(?:\s?(?:min)?(?:{_PER_LONG})|\s?(?P<hours>h|hours)\b|\s?(?P<minutes>min|minutes)\b"
    r"|\s?(?P<no>km|k|mi|miles|kilomet(?:re|er)s|bpm|%|kg|m|kcal|runs?|sessions?|workouts?|days?|weeks?|times)\b)?",
    re.IGNORECASE,
)
_MIXED = re.compile(
    r"(?<![\d.])(?P<h>\d+)\s?(?:h|hrs?|hours?)(?:,?\s+(?:and\s+)?|\s?)(?P<m>\d+)\s?(?:m|min|mins|"
    r"minutes?)\b"
    r"(?:(?:,?\s+(?:and\s+)?|\s?)(?P<s>\d+)\s?(?:s|secs?|seconds?)\b)?",
    re.IGNORECASE,
)
_MINUTES = re.compile(
    r"(?<![\d.])(?P<m>\d+)\s?(?:m|min|mins|minutes?)(?:,?\s+(?:and\s+)?|\s?)(?P<s>\d+)\s?(?:s|"
    r"secs?|seconds?)\b"
    rf"(?:{_PER_LONG})?",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(
    rf"(?<![\d.:])(?P<sign>[-+\u2212])?(?P<number>{_NUMBER})(?:\s|-)?{_EXTRA}"
    rf"(?:{_UNIT})(?![\w])",
    re.IGNORECASE,
)
_SCALE = re.compile(r"(?<![\d.])(?P<number>\d+(?:\.\d+)?)(?:/| out of )(?:10|5)\b")
_BARE = re.compile(
    rf"(?<![\d.:])(?P<sign>[-+\u2212]|\bminus\s+)?(?P<number>{_NUMBER})(?!\d|:\d)(?:(?:\s|"
    rf"-)?(?P<after>[a-z%-]+(?:\s[a-z-]+){{0,2}}))?",
    re.IGNORECASE,
)
_FAHRENHEIT = re.compile(
    rf"(?P<sign>[-\u2212])?(?P<number>{_NUMBER})\s?(?:°\s?f|degrees fahrenheit)\b", re.IGNORECASE
)

_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|some|circa|close to|just about)|[~\u2248])"
    r"\s{0,20}(?:the |a )?$",
    re.IGNORECASE,
)
_BELOW_TIGHT = re.compile(
    r"\b(?:almost|nearly|just under|just below|not quite|just shy of|shy of|just short of|"
    r"a little under|a bit under|slightly under|slightly less than|a little less than|"
    r"a bit less than|a touch under|a shade under|a fraction under|a whisker under)\s+(?:a )?$",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"(?:\b(?:under|below|less than|fewer than|(?<!add )(?<!adds )(?<!added )(?<!adding )up to|"
    r"at most|short of|inside|no more than)\s+|"
    r"\bsub[- ]|[<\u2264]\s?)(?:a )?$",
    re.IGNORECASE,
)
_BELOW_THE = re.compile(r"\b(?:under|below|inside|beneath)\s+the $", re.IGNORECASE)
_A_MARK = re.compile(r"[\s-]?(?:mark|barrier|threshold|line)\b", re.IGNORECASE)
_ABOVE_TIGHT = re.compile(
    r"\b(?:just over|just above|a good|a little over|a bit over|slightly over|slightly more than|"
    r"a little more than|a bit more than|barely over|a touch over|a shade over|"
    r"a fraction over)\s+(?:a )?$",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:\b(?P<over>over)|\b(?:more than|above|at least|well over|north of|upwards of|beyond|"
    r"in excess of|exceed(?:ed|ing|s)|past|topp(?:ed|ing)|surpass(?:ed|ing)|"
    r"no less than)|[>\u2265])"
    r"\s{0,20}(?:a )?$",
    re.IGNORECASE,
)
_NEVER_ABOVE = re.compile(
    r"\bnever (?:\w+ ){0,2}?(?:above|over|past|beyond|higher than|exceed(?:ed|ing|s)|"
    r"topp(?:ed|ing)|pass(?:ed|ing))\s+(?:the )?$",
    re.IGNORECASE,
)
_EXACTLY = re.compile(r"\b(?:exactly|precisely|an? exact|dead on)\s+$", re.IGNORECASE)

HALF_A_SECOND = 0.5 / 1000
"""Of a pace: half a second on a kilometre."""
ROUNDED_MAX = 0.05
"""The largest share by which rounding may change a distance or a time."""
TIGHT_MAX = 0.08
"""The same for "almost" and "just over"."""


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


def hedge(before: str) -> str:
    """How exactly a number is told, by the words that stand before it."""
    for pattern, name in (
        (_BELOW_TIGHT, "just below"),
        (_ABOVE_TIGHT, "just above"),
        (_ABOVE, "above"),
        (_BELOW, "below"),
        (_EXACTLY, "exactly"),
        (_ABOUT, "about"),
    ):
        if pattern.search(before):
            return name
    return "near"


def left_over(text: str, told: Iterable[Told]) -> str:
    """Digits that belong to no figure, such as those of ".9 km"; empty where there are none."""
    covered = {place for one in told for place in range(one.begin, one.end)}
    for match in re.finditer(r"\d+", as_digits(text)):
        if not covered.issuperset(range(*match.span())):
            return text[max(0, match.start() - 6) : match.end() + 6].strip()
    return ""


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
        per = _PER_BEHIND.match(text, match.end()) if dimension == "time" else None
        if per:
            long_m = 1609.344 if per["long"].lower().startswith("mi") else 1000.0
            paced = (value * factor / long_m, slack * factor / long_m)
            yield Told(match.start(), per.end(), *paced, "pace")
        else:
            yield Told(
                *match.span(), value * factor, slack * factor, dimension, extra=bool(match["extra"])
            )
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
    if match["minutes"]:
        return Told(*match.span(), value, slack, "time")
    pace: tuple[float, float, Dimension] = (value / 1000, slack / 1000, "pace")
    hours: tuple[float, float, Dimension] = (value * 60, 30.0, "time")
    others = (pace,) if match["tenth"] else (pace, hours)
    return Told(*match.span(), value, slack, "time", others=others)


def _pace(match: re.Match[str], value_s: float, slack_s: float) -> Told:
    long_m = 1609.344 if match["long"].lower().startswith("mi") else 1000.0
    return Told(*match.span(), value_s / long_m, slack_s / long_m, "pace")


def _read(match: re.Match[str]) -> tuple[float, float]:
    """A number, and half a unit of its last place."""
    text = match["number"].replace(",", "")
    whole, _, decimals = text.partition(".")
    del whole
    value = float(text)
    if (match.groupdict().get("sign") or "+").strip().lower() in {"-", "\u2212", "minus"}:
        value = -value
    return value, 0.5 * 10.0 ** -len(decimals)


def _bounded(text: str, one: Told) -> Told:
    """Take into account what stands before the figure: about, almost, more than, exactly."""
    before = text[max(0, one.begin - 32) : one.begin]
    rounded = _rounded_slack(text[one.begin : one.end], one)
    tight: tuple[tuple[re.Pattern[str], Bound], ...]
    tight = ((_BELOW_TIGHT, "below"), (_ABOVE_TIGHT, "above"))
    for pattern, bound in tight:
        if pattern.search(before):
            room = min(rounded, 0.5 * TIGHT_MAX * abs(one.value))
            return _with_slack(one, room, bound)
    if _NEVER_ABOVE.search(before):
        return _with_slack(one, rounded, "below")
    above = _ABOVE.search(before)
    if above and not (above["over"] and one.bare):  # "64 km over 5 runs" does not exceed them
        return _with_slack(one, rounded, "above")
    if _BELOW.search(before) or (_BELOW_THE.search(before) and _A_MARK.match(text, one.end)):
        return _with_slack(one, rounded, "below")
    if _EXACTLY.search(before):
        return _with_slack(one, min(one.slack, 0.005 * abs(one.value)), "near")
    return _capped(one, rounded if _ABOUT.search(before) else one.slack)


def _rounded_slack(written: str, one: Told) -> float:
    """Half of what the last digit counts that is not a nought."""
    if ":" in written:
        return 30.0 / _length_of(one) if re.search(r":00\b", written) else one.slack
    if re.search(r"\.(?:5|25|75)\s?h", written):  # about an hour and a half
        return ROUNDED_MAX * one.value
    if "." in written:
        return one.slack
    digits = re.sub(r"\D.*$", "", written.lstrip("-+\u2212 ").replace(",", ""))
    return one.slack * 10.0 ** (len(digits) - len(digits.rstrip("0")))


def _length_of(one: Told) -> float:
    """Over how many metres a pace is told; 1 for a time."""
    return 0.5 / one.slack if one.dimension == "pace" else 1.0


def _capped(one: Told, slack: float) -> Told:
    """Rounding may not change what is told by more than a twentieth."""
    if one.dimension in {"length", "time", "energy", "mass", "volume"} and not one.bare:
        slack = min(slack, max(ROUNDED_MAX * abs(one.value), 0.5))
    if one.dimension == "pace":
        slack = min(slack, max(ROUNDED_MAX * abs(one.value), HALF_A_SECOND))
    return _with_slack(one, slack, "near")


def _with_slack(one: Told, slack: float, bound: Bound) -> Told:
    wider = slack / one.slack if one.slack else 1.0
    others = tuple((value, room * wider, kind) for value, room, kind in one.others)
    return replace(one, slack=slack, bound=bound, others=others)
