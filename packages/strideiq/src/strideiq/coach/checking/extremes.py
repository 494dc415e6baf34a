"""The most and the least of rows that are all known: "your biggest month", "the longest of these".

A run is the longest of something only where it is said of what: of the runs of a week that are all
there, or of as many as were just told. Weeks, months, nights and the parts of a run are told as
they were found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.grouping import within
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbered import kind_of_part
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.relating import spoken

_NOUNS = {
    "run": "activity", "runs": "activity", "session": "activity", "outing": "activity",
    "effort": "activity", "race": "activity", "week": "week", "month": "month",
    "night": "check_in", "day": "day", "kilometre": "km", "kilometer": "km", "km": "km",
    "mile": "mile", "lap": "lap", "repetition": "repetition", "rep": "repetition",
    "interval": "repetition", "repeat": "repetition", "split": "km", "best": "best_effort",
}  # fmt: skip
_WORDS: dict[str, tuple[tuple[str, ...], bool]] = {
    "longest": (("distance", "duration", "sleep"), True),
    "shortest": (("distance", "duration", "sleep"), False),
    "furthest": (("distance",), True), "farthest": (("distance",), True),
    "fastest": (("pace",), False), "quickest": (("pace",), False), "slowest": (("pace",), True),
    "hilliest": (("ascent",), True), "flattest": (("ascent",), False),
    "biggest": (("distance", "load"), True), "largest": (("distance", "load"), True),
    "smallest": (("distance", "load"), False), "quietest": (("distance", "load"), False),
    "lightest": (("distance", "load"), False), "heaviest": (("load", "distance"), True),
    "busiest": (("distance",), True), "highest": ((), True), "lowest": ((), False),
    "best": (("sleep",), True), "worst": (("sleep",), False), "peak": ((), True),
}  # fmt: skip
_EXTREME = re.compile(
    r"\b(?:(?:your|the|its)\s)?(?:(?:single|overall)\s)?(?P<word>" + "|".join(_WORDS) + r")\b"
    r"(?:\s(?:(?:average|weekly|monthly|daily|total|overall|training|volume|mileage|sleep|rest)\s)?"
    rf"(?P<noun>{'|'.join(_NOUNS)})s?\b)?"
    r"(?P<scope>\s(?:of|among|in|from|across)\s(?:(?:all|any)\s(?:of\s)?)?(?:these|them|those|the\s"
    r"(?:\d+|(?:\w+\s)?list|set|group|lot|bunch|session|run)|your\s\d+))?"
    r"(?:\s(?:\w+\s)?(?:runs|ones|weeks|months|nights))?",
    re.IGNORECASE,
)
_EVER = re.compile(
    r"\b(?:ever|all[- ]time|of your life|history|so far this year|this year|this season|career|"
    r"on record|since)\b",
    re.IGNORECASE,
)
_IT = re.compile(r"\b(?:it|this|that)\b", re.IGNORECASE)
_FORWARD = re.compile(
    r"[^.;]{0,40}?\b(?:was|is|were|being|came|comes|fell|on|in|at|with)\b|\s?[:(\u2013\u2014]|,",
    re.IGNORECASE,
)
POPULATION_MIN = 3
"""Of two, the longer one is no longest."""


@dataclass(frozen=True)
class Extreme:
    """A claim that a row is the most or the least of its kind; it holds."""

    begin: int
    end: int
    figure_id: str


def extremes(
    text: str, words: str, mentions: Sequence[Mention], focus: Subjects | None, index: Index
) -> Iterator[Extreme]:
    """Every such claim that holds of a row that the text names."""
    if _EVER.search(text):
        return
    for match in _EXTREME.finditer(text):
        told_of = _told_of(text, match, mentions, focus)
        if told_of is None:
            continue
        figure = _bearing_out(match, words, told_of, mentions, focus, index)
        if figure:
            yield Extreme(*match.span(), figure.figure_id)


def _told_of(
    text: str, match: re.Match[str], mentions: Sequence[Mention], focus: Subjects | None
) -> Subjects | None:
    """The row that is the most: behind "was", else what the clause names in front of it."""
    begin = max(text.rfind(mark, 0, match.start()) for mark in ";:") + 1
    front = [one for one in mentions if begin <= one.begin < match.start()]
    behind = [one for one in mentions if one.begin >= match.end()]
    if front and re.search(r"\b(?:was|is|were|being|had)\s(?:\w+\s)?$", text[: match.start()]):
        return _rows(front[-1], behind)
    if behind and _FORWARD.match(text, match.end()):
        return _rows(behind[0], behind[1:])
    if front:
        return _rows(front[-1], behind)
    return (
        focus if re.search(r"\b(?:it|this|that)\b", text[: match.start()], re.IGNORECASE) else None
    )


def _rows(one: Mention, others: Sequence[Mention]) -> Subjects:
    """The rows of a mention, narrowed by those beside it that speak of them too."""
    rows = one.exact or one.possible
    for other in others[:1]:
        rows = rows & (other.exact or other.possible) or rows
    return rows


def _bearing_out(
    match: re.Match[str],
    words: str,
    told_of: Subjects,
    mentions: Sequence[Mention],
    focus: Subjects | None,
    index: Index,
) -> Figure | None:
    names, most = _WORDS[match["word"].lower()]
    said = [one for one in spoken(words) if not QUANTITIES[one].counted]
    for name in [one for one in said if one in names] or (names or said):
        own = [one for row in told_of for one in index.of_row(row, name)]
        if len({one.value for one in own}) != 1:
            continue
        rows = _population(match, own[0].subject, mentions, focus, index)
        values = [one.value for row in rows for one in index.of_row(row, name)]
        if len(values) < POPULATION_MIN:
            continue
        if own[0].value == (max(values) if most else min(values)):
            return own[0]
        return None
    return None


def _population(
    match: re.Match[str],
    row: Subject,
    mentions: Sequence[Mention],
    focus: Subjects | None,
    index: Index,
) -> Sequence[Subject]:
    """All the rows of the kind of one, where all are known."""
    noun = _NOUNS.get((match["noun"] or "").lower(), "")
    alike = [one for one in index.subjects if one.kind == row.kind]
    if row.kind == "split":
        part = kind_of_part(row)
        run = row.row_id.partition(":")[0]
        alike = [
            one for one in alike
            if kind_of_part(one) == part and one.row_id.partition(":")[0] == run
        ]  # fmt: skip
        return alike if noun in {"", part} else []
    if row.kind == "activity":
        return _runs(match, row, alike, mentions, focus, index)
    if row.kind == "check_in":
        part = row.row_id.partition(":")[2]
        return [one for one in alike if one.row_id.partition(":")[2] == part]
    if row.kind in {"week", "month", "load_week"}:
        return alike if noun in {"", row.kind} else []
    return []


def _runs(
    match: re.Match[str],
    row: Subject,
    alike: Sequence[Subject],
    mentions: Sequence[Mention],
    focus: Subjects | None,
    index: Index,
) -> Sequence[Subject]:
    """The runs among which one is the longest: of a week with all of its runs, or those told."""
    spans = [one for each in mentions for one in each.exact if one.last_day]
    spans = spans or [one for one in focus or () if one.last_day and not match["scope"]]
    for span in spans:
        inside = [one for one in alike if within(one, span)]
        if row in inside and any(one.value == len(inside) for one in index.of_row(span, "runs")):
            return inside
    number = re.search(r"\d+", match["scope"] or "")
    if match["scope"] and (number is None or int(number.group()) == len(alike)):
        return alike
    return []
