"""Two figures of one quantity that a sentence puts side by side: "from 5:30 to 5:06 per km".

Where both are known, so is all that follows from them: which is more, by how much, how many times.
Every word that says so must be true of the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from strideiq.coach.checking.as_planned import done_and_planned
from strideiq.coach.checking.attribution import Subjects, rows_of
from strideiq.coach.checking.before import Before
from strideiq.coach.checking.distances import metres
from strideiq.coach.checking.elided import readings
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.ground import Ground, Sides
from strideiq.coach.checking.grouping import grouped, overlapping
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.plain import MASK
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.relating import PLAIN_FOR, holds, spoken
from strideiq.coach.checking.relations import Relation, relations
from strideiq.coach.checking.same_point import later_than
from strideiq.coach.checking.trends import TrendTold, trends

_TIED = rf"(?:\s(?:on|in|by|at|during)?\s?{MASK}+)?"
_JOINS = re.compile(
    rf"(?:\s(?:runs|workouts|sessions|activities|times))?(?P<tied>{_TIED})(?:,)?\s(?P<by>to|"
    r"versus|vs\.?|against|compared (?:with|to)|instead of|rather than|up from|down from|from)\s+"
    r"(?:the\s|your\s|just\s|only\s|about\s|around\s|roughly\s|planned\s|scheduled\s)*"
    rf"(?:{MASK}+(?:'s|\u2019s)?\s)?$",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"(?:\bfrom\s+(?:about\s|around\s|roughly\s|just\s|only\s)*|\(\s*)$", re.IGNORECASE
)
_ENDS = re.compile(r"[;]|\.(?=\s|$)|,?\s(?:but|while|whereas|although|though)\s", re.IGNORECASE)
_CLAUSE = re.compile(r"[;:,()]|\s(?:and|but|while)\s", re.IGNORECASE)
_BARE_COUNT = re.compile(r"\s?(?:runs?|workouts?|activities|sessions|times)\b", re.IGNORECASE)
_DISTANCE = re.compile(r"\b(?:half[- ]marathon|marathon|mile|\d+ km)\b", re.IGNORECASE)
_BETWEEN = re.compile(rf"\bbetween\s(?={MASK}+\sand\s{MASK})", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:instead of|rather than)\b", re.IGNORECASE)
MULTIPLE = re.compile(
    r"(?:(?P<above>more than|over|well over)\s|(?P<below>almost|nearly|not quite|just under|close "
    r"to)\s|(?:about|roughly|around|just about|exactly)\s)?"
    r"(?P<word>doubled|tripled|trebled|quadrupled|halved)\b",
    re.IGNORECASE,
)
_FACTORS = {"doubled": 2.0, "tripled": 3.0, "trebled": 3.0, "quadrupled": 4.0, "halved": 0.5}
_NEAR, _TO_THE_NEXT = 0.04, 0.15
FLAT_MAX = 0.01


@dataclass(frozen=True)
class Pair:
    """Two figures of one quantity; the first is of what is told of, the second what it was."""

    told: tuple[Told, Told]
    figures: tuple[Figure, Figure]
    rows: Subjects
    other_rows: Subjects

    @property
    def in_order(self) -> bool:
        """Whether what is told as done was done, and what as planned was planned."""
        return not self.figures[0].quantity.startswith("planned_")

    @property
    def span(self) -> tuple[int, int]:
        """From the first figure of the text to the end of the second."""
        return min(one.begin for one in self.told), max(one.end for one in self.told)


@dataclass
class Paired:
    """What a sentence says with two figures side by side."""

    struck: list[tuple[int, int]] = field(default_factory=list)
    cited: list[tuple[int, str]] = field(default_factory=list)
    linked: list[Sides] = field(default_factory=list)
    wrong: str = ""


def paired(ground: Ground, text: str, told: Sequence[Told], index: Index, before: Before) -> Paired:
    """Every pair of figures of a text that the rows bear out, with what follows from it.

    ``ground`` is the sentence as it is written, figures and all.
    """
    found = Paired()
    for pair in _pairs(ground, told, index, before):
        claims = list(_claims(text, told, pair))
        begin, end = pair.span
        if not pair.in_order:
            found.wrong = text[begin:end]
            return found
        for first, last, holding in claims:
            if not holding:
                found.wrong = text[first:last].strip()
                return found
            found.struck.append((first, last))
        found.struck += [(one.begin, one.end) for one in pair.told]
        found.struck += [match.span() for match in _DENIES.finditer(text, begin, end)]
        found.struck += [match.span() for match in _BETWEEN.finditer(text)]
        found.cited += [
            (each.begin, basis)
            for each, figure in zip(pair.told, pair.figures, strict=True)
            for basis in index.basis(figure.figure_id)
        ]
        found.linked.append(Sides(pair.rows, pair.other_rows, (text,), ""))
    return found


def _pairs(ground: Ground, told: Sequence[Told], index: Index, before: Before) -> Iterator[Pair]:
    taken = -1
    for one, other in pairwise(told):
        match = _JOINS.fullmatch(ground.text, one.end, other.begin)
        if match is None or one.begin < taken:
            continue
        turned = match["by"].lower() == "to"
        if turned and not _FROM.search(ground.text, 0, one.begin):
            continue
        planned = None if turned else done_and_planned(ground, told, (one, other), index)
        if planned:
            taken = other.end
            rows, other_rows = (frozenset({each.subject}) for each in planned)
            yield Pair((one, other), planned, rows, other_rows)
            continue
        for rows, other_rows in _sides(ground, one, other, index, before, turned=turned):
            figures = _figures(ground, told, (one, other), (rows, other_rows), index)
            if figures:
                taken = other.end
                if turned:
                    yield Pair((other, one), figures[::-1], other_rows, rows)
                else:
                    yield Pair((one, other), figures, rows, other_rows)
                break


def _sides(
    ground: Ground, one: Told, other: Told, index: Index, before: Before, *, turned: bool
) -> Iterator[tuple[Subjects, Subjects]]:
    """Whose the two figures can be: by the names beside them, else by those of the sentence."""
    end = _CLAUSE.search(ground.text, other.end)
    last = end.start() if end else len(ground.text)
    first = [m for m in ground.mentions if one.end <= m.begin < other.begin]
    second = [m for m in ground.mentions if other.end <= m.begin < last]
    rest = [m for m in ground.mentions if m not in first and m not in second]
    groups = [_dated(m) for m in rest]
    groups = list(dict.fromkeys(rows for rows in groups if rows))
    known: list[tuple[Subjects, Subjects]] = []
    if first and second:
        known = [(_rows(first), _rows(second))]
    elif second and len(groups) == 1:
        known = [(groups[0], _rows(second))]
    elif first and len(groups) == 1:
        known = [(_rows(first), groups[0])]
    elif turned or not (first or second):
        known = list(_unnamed(ground, ground.mentions, index, before, turned=turned))
    for rows, other_rows in known:
        if not (rows and other_rows) or rows == other_rows:
            continue
        if not turned or all(_is_earlier(a, b) for a in rows for b in other_rows):
            yield rows, other_rows


def _rows(mentions: Sequence[Mention]) -> Subjects:
    return rows_of(mentions) or _dated(mentions[-1])


def _dated(mention: Mention) -> Subjects:
    return mention.exact or mention.possible


def _unnamed(
    ground: Ground, mentions: Sequence[Mention], index: Index, before: Before, *, turned: bool
) -> Iterator[tuple[Subjects, Subjects]]:
    """Of two figures without names: the two rows of the sentence, or of the one before."""
    groups = [rows for rows in grouped(mentions) if rows]
    if turned and len(groups) == 2:  # noqa: PLR2004  from one to the other
        yield (groups[0], groups[1])
        yield (groups[1], groups[0])
    elif turned and len(groups) == 1:
        two = sorted(groups[0], key=lambda row: str(row.first_day))
        if len(two) == 2 and not overlapping(*two):  # noqa: PLR2004
            yield frozenset(two[:1]), frozenset(two[1:])
    if len(groups) == 1 and len(groups[0]) == 1:
        (earlier,) = groups[0]
        now = frozenset(later_than(earlier, index))
        if now:
            yield (groups[0], now) if turned else (now, groups[0])
    if groups:
        return
    known = [before.pair] if before.pair else []
    if not known and ground.focus:
        later = frozenset(row for one in ground.focus for row in later_than(one, index))
        known = [(later, ground.focus)] if later else []
    for rows, other_rows in known:
        yield rows, other_rows
        if turned:
            yield other_rows, rows


def _is_earlier(one: Subject, other: Subject) -> bool:
    return bool(one.first_day and other.first_day and one.first_day < other.first_day)


def _figures(
    ground: Ground,
    told: Sequence[Told],
    pair: tuple[Told, Told],
    sides: tuple[Subjects, Subjects],
    index: Index,
) -> tuple[Figure, Figure] | None:
    """Two figures of one quantity that the sentence speaks of, as they are told."""
    names = _names(ground, told, pair)
    for name in names:
        each = [
            [
                figure
                for row in sorted(rows, key=lambda row: row.row_id)
                for figure in index.of_row(row, name)
                if any(equal(way, figure) for way in readings(ground.text, told, one))
            ]
            for one, rows in zip(pair, sides, strict=True)
        ]
        for figure in each[0]:
            for other in each[1]:
                if _of_one_measure(ground.words, name, figure.subject, other.subject):
                    return figure, other
    return None


def _names(ground: Ground, told: Sequence[Told], pair: tuple[Told, Told]) -> list[str]:
    """The quantities that a pair may be of: those that its part of the sentence speaks of."""
    begin, end = _part(ground.text, pair[0].begin, pair[1].end)
    names = [one for one in spoken(ground.words[begin:end]) if not one.startswith("likely_")]
    ways = [way for one in pair for way in readings(ground.text, told, one)]
    dimensions = {kind for way in ways if not way.bare for kind in way.dimensions_told}
    if dimensions:
        said = [name for name in names if QUANTITIES[name].dimension in dimensions]
        kinds = sorted(dimensions)
        return said or [name for kind in kinds for name in PLAIN_FOR.get(kind, ())]
    counted = [
        name
        for name, one in QUANTITIES.items()
        if one.counted and not one.per and any(one.needed.match(way.counted) for way in ways)
    ]
    if counted:
        return counted
    return [name for name in names if QUANTITIES[name].dimension in {"plain", "rate", "power"}]


def _of_one_measure(words: str, quantity: str, one: Subject, other: Subject) -> bool:
    """Whether two rows are of one distance, or of one score that the sentence names."""
    measure, other_measure = (row.row_id.partition(":")[2] for row in (one, other))
    if measure != other_measure:
        return False
    if one.kind == "best_effort":
        told = {round(metres(match.group())) for match in _DISTANCE.finditer(words)}
        return all(f"{length}m" == measure for length in told)
    return quantity != "score" or measure.replace("_", " ") in words.lower()


def _part(text: str, begin: int, end: int) -> tuple[int, int]:
    """The part of a sentence that a pair stands in."""
    first = max((match.end() for match in _ENDS.finditer(text, 0, begin)), default=0)
    last = _ENDS.search(text, end)
    return first, last.start() if last else len(text)


def _claims(text: str, told: Sequence[Told], pair: Pair) -> Iterator[tuple[int, int, bool]]:
    """What is said of a pair, and whether it is so."""
    begin, end = _part(text, *pair.span)
    taken: list[tuple[int, int]] = []
    for match in MULTIPLE.finditer(text, begin, end):
        taken.append(match.span())
        yield *match.span(), _is_multiple(match, *pair.figures)
    for one in relations(text, told):
        inside = begin <= one.begin and one.end <= end
        free = all(one.end <= first or last <= one.begin for first, last in taken)
        if inside and free and _is_of(one, pair):
            taken.append((one.begin, one.end))
            yield one.begin, one.end, holds(replace(one, denied=False), *pair.figures) != one.denied
    for change in trends(text):
        inside = begin <= change.begin and change.end <= end
        free = all(change.end <= first or last <= change.begin for first, last in taken)
        if inside and free and not change.rank:
            yield change.begin, change.end, _changed(change, *pair.figures)


def _is_of(one: Relation, pair: Pair) -> bool:
    """Whether a relation can be of a pair: its own figure, if any, is none of the two."""
    if one.told in pair.told or one.measure in {"part", "within", "share"}:
        return False
    if one.told is None or one.told.dimension == "share":
        return True
    kind = QUANTITIES[pair.figures[0].quantity].dimension
    return kind in {one.told.dimension, *one.told.dimensions_told} or (
        one.per_m is not None and kind == "pace"
    )


def multiplies(words: str) -> bool:
    """Whether words say how many times more something is: that is more than a direction."""
    return bool(MULTIPLE.search(words))


def _is_multiple(match: re.Match[str], figure: Figure, other: Figure) -> bool:
    factor = _FACTORS[match["word"].lower()]
    if other.value <= 0:
        return False
    ratio = figure.value / other.value
    if factor < 1:
        ratio, factor = 1 / max(ratio, 1e-9), 1 / factor
    if match["above"]:
        return factor <= ratio < factor + 1
    if match["below"]:
        return factor * (1 - _TO_THE_NEXT) <= ratio < factor
    return abs(ratio - factor) <= _NEAR * factor


def _changed(change: TrendTold, figure: Figure, other: Figure) -> bool:
    quantity = QUANTITIES[figure.quantity]
    more = figure.value - other.value
    same = abs(more) <= FLAT_MAX * max(abs(figure.value), abs(other.value))
    takes_longer = quantity.dimension in {"pace", "time"}
    better = quantity.more_is_better
    claim = change.claim
    if claim in {"flat", "changed"}:
        so = same == (claim == "flat")
    elif more == 0 or (claim in {"better", "worse"} and better is None and not takes_longer):
        return False
    elif claim in {"up", "down"}:
        so = quantity.dimension != "pace" and (more > 0) == (claim == "up")
    elif claim in {"faster", "slower"}:
        so = (takes_longer or quantity.dimension == "speed") and (
            ((more < 0) == takes_longer) == (claim == "faster")
        )
    else:
        good = (more > 0) == bool(better) if better is not None else more < 0
        so = good == (claim == "better")
    return so != change.negated
