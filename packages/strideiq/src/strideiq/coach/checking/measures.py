"""What is compared, counted or added over the rows of a set, by the words that name it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strideiq.coach.checking.evidence import Figure
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.checking.row_sets import Row


@dataclass(frozen=True)
class Measure:
    """A quantity; of a score, what it is of."""

    quantity: str
    of: str = ""


_WORDS: tuple[tuple[str, Measure], ...] = (
    (r"resting (?:heart rates?|hr|pulse)", Measure("resting_heart_rate")),
    (r"(?:max|maximum|peak) (?:heart rates?|hr)", Measure("max_heart_rate")),
    (r"(?:(?:average|mean) )?(?:heart rates?|hr|pulse)|bpm", Measure("heart_rate")),
    (r"hrv|variability", Measure("hrv")),
    (r"sleep quality", Measure("score", "sleep_quality")),
    (r"sleep|slept|asleep", Measure("sleep")),
    (r"mood", Measure("score", "mood")),
    (r"soreness|sore", Measure("score", "soreness")),
    (r"stress", Measure("score", "stress")),
    (r"climb(?:ing|ed|s)?|ascent|elevation(?: gain)?|uphill", Measure("ascent")),
    (r"(?:training )?load", Measure("load")),
    (r"efficiency|(?:m|metres) per (?:heart)?beat", Measure("efficiency")),
    (r"decoupling|drift", Measure("decoupling")),
    (r"cadence", Measure("cadence")),
    (r"weigh\w*|weight", Measure("weight")),
    (r"calories|kcal|energy", Measure("energy")),
    (r"carb\w*", Measure("carbohydrate")),
    (r"protein", Measure("protein")),
    (r"fat", Measure("fat")),
    (r"pace", Measure("pace")),
    (r"distance|mileage|volume|kilomet(?:re|er)s|km|miles", Measure("distance")),
    (r"(?:moving )?time|duration", Measure("duration")),
    (r"runs|outings", Measure("runs")),
)  # fmt: skip
WORDS = "|".join(f"(?:{words})" for words, _ in _WORDS)
_PATTERNS = tuple((re.compile(rf"\b(?:{words})\b", re.IGNORECASE), one) for words, one in _WORDS)
_PER_KM = re.compile(r"(?:/|\bper |\ba )\s?(?:km|kilomet\w+|miles?)\b", re.IGNORECASE)


def measures_in(text: str) -> list[Measure]:
    """What a text names, each once; units of paces apart."""
    text = _PER_KM.sub(lambda match: " " * len(match.group()), text)
    found = []
    for pattern, one in _PATTERNS:
        if pattern.search(text):
            found.append(one)
            text = pattern.sub(" ", text)
    return found


def figure_of(index: Index, row: Row, measure: Measure) -> Figure | None:
    """The only figure of a row that is of a measure."""
    found = {
        figure.value: figure
        for subject in row
        for figure in index.of_row(subject, measure.quantity)
        if not measure.of or subject.kind.endswith(measure.of)
    }
    return next(iter(found.values())) if len(found) == 1 else None


def figures_of(index: Index, rows: Sequence[Row], measure: Measure) -> list[Figure] | None:
    """One figure for each row; None where one of them has none."""
    found = [figure_of(index, row, measure) for row in rows]
    known = [one for one in found if one is not None]
    return known if len(known) == len(rows) else None


def more_is_better(measure: Measure) -> bool | None:
    """Whether the highest is the best; None where neither is."""
    if measure.of:
        return measure.of in {"mood", "sleep_quality"}
    return QUANTITIES[measure.quantity].more_is_better
