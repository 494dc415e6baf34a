"""How far a row is from a round figure: "to go under 1:30 you would need to take 1:35 off"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.evidence import Figure
from strideiq.coach.checking.grouping import grouped
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import within
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.relation_words import HEDGE

_NEED = r"(?:need|needs|needed|have to|has to|take|takes|requires?|means?|got to)\b"
_GOING = re.compile(
    r"\bto\s(?:(?P<below>(?:(?:go|get|run|dip|be|finish|come in|duck|drop|crack)\s)?(?:under|below|"
    r"inside|beneath)|break|beat|crack)|(?:reach|hit|make|get to|round (?:it|this week) (?:up|"
    r"off) to|"
    rf"make it|bring (?:it|{MASK}+) to|get {MASK}+ to))\s(?:a\s|"
    rf"the\s)?(?P<t>#+)[^;:.#]{{0,50}}?\b{_NEED}"
    rf"[^;:.#]{{0,40}}?(?P<d>#+)(?:\s?\((?P<d2>#+)\))?(?P<more>[^;:.#,]{{0,20}})",
    re.IGNORECASE,
)
_TAKES_IT = re.compile(
    rf"\b(?P<another>another|an extra|an additional|a further)\s(?P<d>#+)(?:\s?\((?P<d2>#+)\))?"
    rf"(?P<more>\smore)?\s(?:would|will|takes?|brings?|"
    rf"gets?)\b[^;:.#]{{0,20}}?{MASK}*[^;:.#]{{0,10}}?\s"
    r"(?:up\s)?to\s(?:a\s)?(?P<t>#+)",
    re.IGNORECASE,
)
_SPARED = re.compile(
    r"\b(?:broke|beat|under|inside|below|cracked|dipped under|ducked under)\s(?:the\s)?(?P<t>#+)"
    r"[^;:.#]{0,40}?(?:#+[^;:.#]{0,10}?)?\b(?P<spared>by|with)\s"
    r"(?:just\s|only\s|about\s|a good\s)?(?P<d>#+)"
    r"(?:\s(?:to spare|in hand|left))?",
    re.IGNORECASE,
)
_AWAY = re.compile(
    rf"(?P<d>#+)(?:\s?\((?P<d2>#+)\))?\s(?P<away>away from|off|from|short of|shy of|outside|"
    rf"above|over|"
    rf"slower than)\s(?:(?:breaking|going under|running|a|an|"
    rf"the)\s){{0,2}}(?:sub-)?{HEDGE}(?P<t>#+)",
    re.IGNORECASE,
)
_LESS = re.compile(r"\b(?:off|less|faster|quicker|cut|shave|trim|lose|improve)\b", re.IGNORECASE)
UNSAID = 2
"""For a goal of which neither more nor less is said."""
_MORE = re.compile(r"\b(?:more(?!\sthan)|another|extra|further|add|longer)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Goal:
    """A claim of how far a row is from a figure; it holds."""

    spans: tuple[tuple[int, int], ...]
    """The figures of it: none of them is told of a row."""
    figure_id: str


def goals(
    text: str,
    told: Sequence[Told],
    mentions: Sequence[Mention],
    focus: Subjects | None,
    index: Index,
) -> Iterator[Goal]:
    """Every such claim that holds of the only row that the text names, or of what "it" is."""
    groups = grouped(mentions)
    rows = groups[0] if len(groups) == 1 else focus if not groups else None
    if not rows:
        return
    figures = {one.begin: one for one in told}
    for pattern in (_GOING, _TAKES_IT, _AWAY, _SPARED):
        for match in pattern.finditer(text):
            target = figures.get(match.start("t"))
            apart = [
                figures.get(match.start(one)) for one in ("d", "d2") if match.groupdict().get(one)
            ]
            known = [one for one in apart if one is not None]
            if target is None or len(known) != len(apart):
                continue
            figure = _bearing_out(target, known, _way(match), rows, index)
            if figure:
                spans = tuple((one.begin, one.end) for one in (target, *known))
                if match.groupdict().get("away"):
                    spans = ((known[0].begin, target.end),)
                yield Goal(spans, figure.figure_id)


def _way(match: re.Match[str]) -> int:
    """Whether the row must lie above its goal (1), below it (-1), or by what it is of (0)."""
    groups = match.groupdict()
    if groups.get("another") or groups.get("spared"):
        return -1
    if groups.get("away"):
        return _away(groups["away"].lower())
    between = match.string[match.start() : match.end()]
    if groups.get("below"):
        return 1 if _LESS.search(between) and not _MORE.search(between) else UNSAID
    return -1 if _MORE.search(between) and not _LESS.search(between) else UNSAID


def _away(word: str) -> int:
    if word in {"short of", "shy of"}:
        return -1
    return 0 if word in {"away from", "off", "from"} else 1


def _bearing_out(
    target: Told, apart: Sequence[Told], way: int, rows: Subjects, index: Index
) -> Figure | None:
    """The figure of a row that lies as far from the target as all of it says."""
    for goal, _, dimension in target.readings:
        for figure in index.figures_of((dimension,), rows):
            if (
                figure.quantity not in {"distance", "duration", "pace"}
                or QUANTITIES[figure.quantity].per
            ):
                continue
            room = figure.value - goal
            above = way == 1 or (way == 0 and dimension != "length")
            right = way != UNSAID and (room > 0) == above
            if right and all(_is_told(one, abs(room), dimension) for one in apart):
                return figure
    return None


def _is_told(told: Told, value: float, dimension: str) -> bool:
    return any(
        kind == dimension and within(one, slack, told.bound, value)
        for one, slack, kind in told.readings
    )
