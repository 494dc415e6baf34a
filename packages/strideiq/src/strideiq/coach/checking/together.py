"""A set of rows as one: "your last five runs add up to 44 km", "seven hours on average"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from strideiq.coach.checking.derived import Derived
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.measures import Measure, figure_of, figures_of, measures_in
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import EXTENSIVE, QUANTITIES
from strideiq.coach.checking.row_sets import (
    SET,
    Asked,
    Row,
    SetGround,
    meant,
    phrase_at,
)

_AVERAGED = re.compile(r"\b(?:averag\w*|mean|on average)\b", re.IGNORECASE)
_RANGED = re.compile(
    r"\b(?:rang(?:ed|es|ing)|var(?:ied|ies|ying)|went|(?:was|were|is|are|been|stayed)"
    r"(?: anywhere)?)\s"
    r"(?:anywhere\s)?(?P<way>from|between)\s+$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TO = re.compile(r"(?:\s(?:to|and)\s|\s?\u2013\s?)(?:as (?:high|low|much) as\s)?", re.IGNORECASE)
_COVERS = re.compile(r"\b(?:over|across|in|from|for|of|during)\s$", re.IGNORECASE)
_MEANS = tuple(
    name
    for name, one in QUANTITIES.items()
    if name not in EXTENSIVE and not one.per and name not in {"pace", "speed", "correlation"}
)


@dataclass
class Together:
    """Sets as mentions of one row, what holds, ids, or what is false."""

    named: list[Mention] = field(default_factory=list)
    struck: list[tuple[int, int]] = field(default_factory=list)
    cited: list[tuple[int, str]] = field(default_factory=list)
    wrong: str = ""


def together(ground: SetGround, told: Sequence[Told], index: Index) -> Together:
    """The sets of a sentence that are told of as one."""
    found = Together()
    for match in SET.finditer(ground.text):
        if not (match["last"] or match["n"]):
            continue
        asked = phrase_at(ground, match)
        if asked is None or not asked.nouns:
            continue
        one = meant(ground, asked, *match.span())
        rows = {frozenset(reading): reading for reading in one.readings}
        if len(rows) != 1:
            continue
        (reading,) = rows.values()
        mean = bool(_AVERAGED.search(ground.said))
        row = _as_one(index, reading, ground.words, mean=mean)
        exact = frozenset({row})
        found.named.append(Mention(*match.span(), exact, exact))
    _ranges(found, ground, told, index)
    return found


def _as_one(index: Index, rows: Sequence[Row], text: str, *, mean: bool) -> Subject:
    subjects = sorted(chain.from_iterable(rows), key=lambda one: (one.kind, one.row_id))
    days = [day for one in subjects for day in (one.first_day, one.last_day) if day]
    of = measures_in(text)
    key = "+".join(one.row_id for one in subjects)
    row = Subject(
        "mean_of_set" if mean else "set", key, "", min(days, default=None), max(days, default=None)
    )
    scores = [one for one in of if one.quantity == "score"]
    score = scores[0] if len(scores) == 1 else None
    found = _means(index, rows, row, score) if mean else _sums(index, rows, row)
    index.add_row(row, subjects, found)
    return row


def _sums(index: Index, rows: Sequence[Row], row: Subject) -> Iterator[Derived]:
    sums = {}
    for name in sorted(EXTENSIVE | {"load"}):
        known = figures_of(index, rows, Measure(name))
        if known:
            sums[name] = known
            yield _derived(row, name, sum(one.value for one in known), known)
    if "distance" in sums and "duration" in sums:
        metres, seconds = (
            sum(one.value for one in sums[name]) for name in ("distance", "duration")
        )
        if metres > 0:
            yield _derived(row, "pace", seconds / metres, [*sums["duration"], *sums["distance"]])


def _means(
    index: Index, rows: Sequence[Row], row: Subject, score: Measure | None
) -> Iterator[Derived]:
    for name in (*_MEANS, "energy"):
        measure = score if name == "score" else Measure(name)
        known = figures_of(index, rows, measure) if measure else None
        if known:
            yield _derived(row, name, sum(one.value for one in known) / len(known), known)
    for name in ("distance", "duration"):
        known = figures_of(index, rows, Measure(name))
        if known:
            mean = sum(one.value for one in known) / len(known)
            yield _derived(row, f"{name}_per_run", mean, known)
    yield from (one for one in _sums(index, rows, row) if one.figure.quantity == "pace")


def _derived(row: Subject, name: str, value: float, basis: Sequence[Figure]) -> Derived:
    ids = tuple(one.figure_id for one in basis)
    return Derived(Figure(f"{row.kind}/{'+'.join(ids)}>{name}", row, name, value), ids)


def _ranges(found: Together, ground: SetGround, told: Sequence[Told], index: Index) -> None:
    """Judge "ranged from 49 to 73 ms" by the least and the most of a set."""
    for low, high in pairwise(told):
        begins = _RANGED.search(ground.text, 0, low.begin)
        if not begins or not _TO.fullmatch(ground.text, low.end, high.begin):
            continue
        if high.bound != "near" or low.bound != "near":
            continue
        verdict = _range(ground, low, high, begins.start(), index)
        if verdict is None:
            continue
        if not verdict:
            found.wrong = ground.text[begins.start() : high.end]
            return
        found.struck.append((begins.start(), high.end))
        found.cited += [(low.begin, one) for one in verdict]


def _range(
    ground: SetGround, low: Told, high: Told, begin: int, index: Index
) -> tuple[str, ...] | None:
    """The ids of the ends; empty where they are others, None where no set is known."""
    named = measures_in(ground.words[:begin])
    if len(named) != 1:
        return None
    days = next(
        (d for one in ground.mentions if (d := ground.days_at(one.begin)) and d[0][0] != d[0][1]),
        (),
    )
    one = meant(ground, Asked(days=days), begin, high.end)
    cited: tuple[str, ...] = ()
    for rows in one.readings:
        values = [each for row in rows if (each := figure_of(index, row, named[0]))]
        if len(values) < len(rows) / 2:
            continue
        least, most = min(values, key=_value), max(values, key=_value)
        if not (
            _equal(low, high, least.value, ground.text)
            and _equal(high, high, most.value, ground.text)
        ):
            return ()
        cited = (least.figure_id, most.figure_id)
    return cited or None


def _value(one: Figure) -> float:
    return one.value


def _equal(told: Told, unit: Told, value: float, text: str) -> bool:
    """Whether an end is what is told; "from 49 to 73 ms" has its unit behind the second one."""
    factor = 1.0
    number = _NUMBER.match(text, unit.begin)
    if told.bare and not unit.bare and number and float(number.group()):
        factor = unit.value / float(number.group())
    return abs(told.value * factor - value) <= told.slack * factor + 1e-9
