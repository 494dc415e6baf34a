"""Whether a relation holds between the rows that it is told of: in every reading, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from strideiq.coach.checking.derived import DAYS_A_WEEK
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.ground import Sides
from strideiq.coach.checking.grouping import within as lies_within
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import within
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.quantities import QUANTITIES, UNIT_WORDS
from strideiq.coach.checking.relations import Relation

_OF_ADJECTIVES = {
    "longer": ("distance", "duration", "sleep"), "shorter": ("distance", "duration", "sleep"),
    "long": ("distance", "duration", "sleep"), "further": ("distance",), "farther": ("distance",),
    "far": ("distance",), "hillier": ("ascent",), "hilly": ("ascent",), "distance": ("distance",),
    "length": ("distance",), "mileage": ("distance",), "volume": ("distance",),
    "time": ("duration",), "duration": ("duration",), "climbing": ("ascent",),
    "ascent": ("ascent",), "bigger": ("distance",), "smaller": ("distance",),
    "busier": ("runs", "distance"), "quieter": ("runs", "distance"), "larger": ("distance",),
    "big": ("distance",),
}  # fmt: skip
"""What an adjective compares, where no other word says it."""
PLAIN_FOR = {
    "length": ("distance",), "time": ("duration",), "rate": ("heart_rate",), "pace": ("pace",),
    "speed": ("speed",), "mass": ("weight",), "energy": ("energy",), "power": ("power",),
}  # fmt: skip
"""What a difference in a unit is of, where no word says it."""
_MOVED = re.compile(r"\b(?:ran|run|running|covered|did|done)\b", re.IGNORECASE)
_TOOK = re.compile(r"\b(?:took|taken|lasted|spent|out for)\b", re.IGNORECASE)
_PER_UNIT = re.compile(r"(?:/|\bper |\ba |\bs/)\s?(?:km|kilomet\w+|mi|miles?)\b", re.IGNORECASE)
_ADDS_UP = re.compile(r"\b(?:add(?:s|ed|ing)? up to|an? drop (?:of|in|from))\b", re.IGNORECASE)
_COUNTED_BEFORE = (
    r"(?:more|fewer|less|number of|many|extra)\s(?!this|last|that|in|on|over)(?:\w+\s)?"
)
_EXTREMES = re.compile(r"\b(?:max\w*|min\w*|peak|most|best|longest)\b", re.IGNORECASE)
_PER_ROW = re.compile(
    r"\b(?P<run2>(?:average|mean) (?:run|outing)|runs (?:\w+ ){0,4}?averag\w+|"
    r"each run\b.{0,30}\bon average|runs?\b.{0,30}\bon "
    r"average)|\b(?:per|a|each)\s(?:(?P<run>run|outing)|(?P<week>week)|(?P<day>day))\b",
    re.IGNORECASE,
)
SAME_MAX, NEARLY_SAME_MAX = 0.003, 0.05
"""By which share figures may differ that are called the same, and nearly so."""
ORDER_MIN = 0.0005
"""By which share figures must differ for one to be called more."""


@dataclass(frozen=True)
class Verdict:
    """What the evidence says of a relation."""

    holds: bool
    cited: tuple[str, ...] = ()
    others: tuple[Figure, ...] = ()
    """Figures of what it is compared with."""


def judge(index: Index, one: Relation, readings: Sequence[Sides]) -> Verdict | None:
    """Whether a relation holds in all of its readings; None where no row can tell."""
    if one.measure == "within":
        return _lie_within(index, readings)
    if one.denied and one.measure != "order":
        return Verdict(holds=False)
    cited: tuple[str, ...] = ()
    others: list[Figure] = []
    for each in readings:
        for figure, other in _pairs(index, one, each):
            if holds(one, figure, other) == one.denied:
                return Verdict(holds=False)
            others.append(other)
            cited = cited or (*index.basis(figure.figure_id), *index.basis(other.figure_id))
    return Verdict(holds=True, cited=cited, others=tuple(others)) if cited else None


def _lie_within(index: Index, readings: Sequence[Sides]) -> Verdict | None:
    """Whether what is told of lies in the days of what it is a part of."""
    pairs = [(one, other) for each in readings for one in each.rows for other in each.other_rows]
    if not pairs:
        return None
    first = index.first_figure
    cited = tuple(first[one] for one in pairs[0] if one in first)
    return Verdict(all(lies_within(*each) for each in pairs), cited)


def _pairs(index: Index, one: Relation, each: Sides) -> Iterator[tuple[Figure, Figure]]:
    for name, other_name in _quantities(one, each):
        found = [
            (figure, other)
            for figure in _figures(index, each.rows, name)
            for other in _figures(index, each.other_rows, other_name)
            if figure != other
        ]
        alike = [pair for pair in found if _of_one_distance(*pair)]
        yield from alike or found


def _of_one_distance(one: Figure, other: Figure) -> bool:
    """Whether two efforts, or what is predicted and what was run, are over the same distance."""
    efforts = {one.subject.kind, other.subject.kind} == {"best_effort"}
    distance, other_distance = (each.subject.row_id.partition(":")[2] for each in (one, other))
    return efforts and bool(distance) and distance == other_distance


def _figures(index: Index, rows: frozenset[Subject], name: str) -> list[Figure]:
    found = [figure for row in rows for figure in _of_row(index, row, name)]
    kinds = {row.kind for row in rows}
    other = _AS_RUN.get(name) if kinds == {"best_effort"} else None
    if kinds == {"race_equivalent"}:
        other = next((each for each, run in _AS_RUN.items() if run == name), None)
    if not found and other:
        return [figure for row in rows for figure in _of_row(index, row, other)]
    if not found and name.endswith("_per_week") and all(map(_is_a_week, rows)):
        return _figures(index, rows, name.removesuffix("_per_week"))
    return found


_AS_RUN = {"predicted_time": "duration", "target_pace": "pace"}
"""What something is that was predicted, where it was run."""


def _of_row(index: Index, row: Subject, name: str) -> Sequence[Figure]:
    """The figures of a row; of a prediction without its bounds, of a plan the whole."""
    found = index.of_row(row, name)
    whole = row.kind == "race_equivalent" or name in AS_PLANNED_TOO.values()
    return found[:1] if whole else found


AS_PLANNED = re.compile(
    r"^\s*(?:(?:it|you|that)\s(?:was|were|had)\s|(?:was|had been|the)\s)?"
    r"(?:planned|plan(?: (?:said|asked|called for))?|scheduled|set)\b",
    re.IGNORECASE,
)
AS_PLANNED_TOO = {"distance": "planned_distance", "duration": "planned_time"}
"""What is done, and the same as it was planned, in one row."""


def _is_a_week(row: Subject) -> bool:
    if row.first_day is None or row.last_day is None:
        return False
    return (row.last_day - row.first_day).days < DAYS_A_WEEK


def _quantities(one: Relation, each: Sides) -> list[tuple[str, str]]:
    """What is compared with what: a heart rate with a heart rate, fatigue with fitness."""
    named = next((names for text in each.texts if (names := _named(one, text))), [])
    if one.measure in {"share", "part", "ratio"}:
        named = named or _named(one, each.other_text) or _by_noun(each.other_text)
    named = named or _by_default(one, " ".join(each.texts))
    per = next((match for text in each.texts if (match := _PER_ROW.search(text))), None)
    if per:
        mean = next(name for name in ("run", "week", "day", "run2") if per[name])[:4].rstrip("2")
        named = [f"{name}_per_{mean}" for name in named if f"{name}_per_{mean}" in QUANTITIES]
    others = spoken(each.other_text)
    found: list[tuple[str, str]] = []
    if each.rows == each.other_rows and AS_PLANNED.search(each.other_text):
        return [(name, AS_PLANNED_TOO[name]) for name in named if name in AS_PLANNED_TOO]
    if each.rows == each.other_rows and not each.other_text:
        return [(named[0], named[1])] if len(named) == 2 and _alike(*named) else []  # noqa: PLR2004
    for name in named:
        if _EXTREMES.search(each.other_text) and QUANTITIES[name].per:
            continue  # a mean is no highest one
        rivals = [other for other in others if _alike(name, other) and other != name]
        if name in others or not rivals:
            rivals = [_as_average(name, each.other_text)]
        found += [(name, other) for other in rivals]
    return found


def _of_figure(told: Told | None) -> list[str]:
    return list(PLAIN_FOR.get(told.dimension, ())) if told else []


def _alike(name: str, other: str) -> bool:
    one, two = QUANTITIES[name], QUANTITIES[other]
    return (one.dimension, one.unit, one.counted) == (two.dimension, two.unit, two.counted)


def _as_average(name: str, text: str) -> str:
    if name in {"max_heart_rate", "resting_heart_rate"} and re.search(
        r"\baverage\b", text, re.IGNORECASE
    ):
        return "heart_rate"
    per = re.search(
        r"\u2588+\saverage\b|\bweekly average\b|\baverage of #+ (?:a|per) week\b",
        text,
        re.IGNORECASE,
    )
    return f"{name}_per_week" if per and f"{name}_per_week" in QUANTITIES else name


def _named(one: Relation, text: str) -> list[str]:
    """The quantities that a relation compares, by its words and by the unit of its figure."""
    by_word = _by_word(one)
    if by_word is not None:
        return by_word
    said = spoken(text)
    if one.beaten and one.told is None:
        kind = one.beside.dimension if one.beside and not one.beside.bare else None
        return [name for name in said if kind in {None, QUANTITIES[name].dimension}]
    told = one.told
    counted = _counted(one, text)
    if counted or told is None or told.dimension == "share" or one.measure == "ratio":
        return counted or _by_adjective(one, text, said)
    if told.dimension == "time" and one.measure == "difference" and said == ["pace"]:
        return said
    if told.dimension == "plain":
        rates = {"plain", "rate", "power"} if told.bare else set()
        return [name for name in said if QUANTITIES[name].dimension in rates]
    return [name for name in said if QUANTITIES[name].dimension == told.dimension]


def _by_word(one: Relation) -> list[str] | None:
    """What a relation is of by its own words, whatever stands around it."""
    if one.word.endswith(("often", "frequently")):
        return ["runs"]
    if one.measure == "part" and one.beside and not one.beside.bare:
        return _of_figure(one.beside)
    if one.way in {"faster", "slower"}:
        return _tempo(one)
    return ["pace"] if one.per_m is not None else None


def _by_adjective(one: Relation, text: str, said: list[str]) -> list[str]:
    if one.word not in {"longer", "shorter", "long"}:
        return said
    of_word = _OF_ADJECTIVES[one.word]
    beside = [] if one.measure == "order" else _of_figure(one.beside)
    return (
        [name for name in said if name in of_word]
        or [name for name in beside if name in of_word]
        or (["duration"] if _TOOK.search(text) else [])
    )


def _by_noun(text: str) -> list[str]:
    """What "of the length of" is of."""
    found = (names for noun, names in _OF_ADJECTIVES.items() if re.search(rf"\b{noun}\b", text))
    return list(next(found, ()))


def _by_default(one: Relation, text: str) -> list[str]:
    """What is compared where no word says it: by the unit, by the adjective, by what was done."""
    told = one.told
    if told is not None and told.dimension not in {"share", "plain"}:
        return list(PLAIN_FOR.get(told.dimension, ()))
    of_word = _OF_ADJECTIVES.get(one.word, ())
    if of_word:
        return list(of_word)
    if _TOOK.search(text):
        return ["duration"]
    if _MOVED.search(text) and one.measure not in {"same", "share"}:
        return ["distance", "duration", "runs"]
    return _of_figure(one.beside)


def _tempo(one: Relation) -> list[str]:
    """Faster is of paces, unless it is by a time over the whole."""
    told = one.told
    if told is None or one.per_m is not None or told.dimension in {"pace", "share"}:
        return ["pace"]
    if told.dimension == "speed":
        return ["speed"]
    return ["duration"] if told.dimension == "time" else []


def _counted(one: Relation, text: str) -> list[str]:
    """A number of things: "one run fewer", "more runs", "one fewer"."""
    told = one.beside if one.measure == "part" or one.word == "up from" else one.told
    if one.measure == "ratio" or (told and not (told.bare and told.dimension == "plain")):
        return []
    found = []
    for name, quantity in QUANTITIES.items():
        if not quantity.counted or quantity.per:
            continue
        words = "|".join(map(re.escape, quantity.words))
        if (
            re.search(rf"\b{_COUNTED_BEFORE}(?:{words})\b", text, re.IGNORECASE)
            or (told and quantity.needed.search(told.counted))
            or (told and re.search(rf"\b(?:{words}):", text, re.IGNORECASE))
            or (told and name == "runs" and told.counted.startswith("time "))
            or (
                (told or one.measure == "share")
                and re.search(rf"#\s(?:{words})\b", text, re.IGNORECASE)
            )
        ):
            found.append(name)
    return found


def spoken(text: str) -> list[str]:
    """The quantities that words speak of, units apart."""
    text = _ADDS_UP.sub(" ", _PER_UNIT.sub(" ", text))
    found = [
        name
        for name, one in QUANTITIES.items()
        if not one.counted
        and not one.per
        and (one.needed if one.needs else one.called).search(text)
        and not one.excluded.search(text)
    ]
    sure = [name for name in found if by_more_than_units(name, text)]
    return sure or found


def by_more_than_units(name: str, text: str) -> bool:
    """Whether a text speaks of a quantity by a word that is no unit of a figure."""
    one = QUANTITIES[name]
    pattern = one.needed if one.needs else one.called
    return any(match.group().lower() not in UNIT_WORDS for match in pattern.finditer(text))


def holds(one: Relation, figure: Figure, other: Figure) -> bool:
    """Whether a relation is true of two figures."""
    value, than = figure.value, other.value
    if one.measure == "same":
        room = NEARLY_SAME_MAX if one.near else SAME_MAX
        return abs(value - than) <= room * max(abs(value), abs(than))
    if one.measure == "part":
        return lies_within(figure.subject, other.subject)
    if one.measure in {"ratio", "share"}:
        return _is_part(one, figure, other)
    return _in_order(one, figure, other) and _by_as_much(_per_km(one, figure), value, than)


def _per_km(one: Relation, figure: Figure) -> Relation:
    """A difference of paces that is told in seconds alone is one over a kilometre."""
    paces = QUANTITIES[figure.quantity].dimension == "pace"
    if paces and one.told and one.told.dimension == "time" and one.per_m is None:
        return replace(one, per_m=1000.0)
    return one


def _is_part(one: Relation, figure: Figure, other: Figure) -> bool:
    if other.value <= 0:
        return False
    of_a_run = other.subject.last_day and not figure.subject.last_day
    if (of_a_run or one.whole) and not lies_within(figure.subject, other.subject):
        return False  # a part of a week is one of its runs
    part = figure.value / other.value
    if one.portion is not None:
        return one.portion.holds(part)
    return one.told is not None and _is_told(one.told, 100 * part)


def _in_order(one: Relation, figure: Figure, other: Figure) -> bool:
    if one.way == "apart":
        return True
    dimension = QUANTITIES[figure.quantity].dimension
    if dimension == "pace" and one.way in {"up", "down"} and one.measure == "order":
        return False  # a lower pace is a faster one to some, and a slower one to others
    if one.word == "up from" and not _is_later(figure.subject, other.subject):
        return False
    more = figure.value - other.value
    if abs(more) <= ORDER_MIN * max(abs(figure.value), abs(other.value)):
        return False
    takes_longer = dimension in {"pace", "time"}
    upwards = {"up": True, "down": False, "faster": not takes_longer, "slower": takes_longer}
    return (more > 0) == upwards[one.way]


def _is_later(one: Subject, other: Subject) -> bool:
    return bool(one.first_day and other.first_day and one.first_day > other.first_day)


def _by_as_much(one: Relation, value: float, than: float) -> bool:
    more = abs(value - than)
    if one.portion is not None:
        return than > 0 and one.portion.holds(more / than)
    told = one.told
    if one.twin and not (than > 0 and _is_told(one.twin, 100 * more / abs(than))):
        return False
    if told is None:
        return True
    if told.dimension == "share":
        return than > 0 and _is_told(told, 100 * more / abs(than))
    if one.per_m is not None:
        return _is_told(told, more * one.per_m)
    return _is_told(told, more)


def _is_told(told: Told, value: float) -> bool:
    return any(within(one, slack, told.bound, value) for one, slack, _ in told.readings[:1])
