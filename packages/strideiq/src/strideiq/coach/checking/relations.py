"""Where a sentence puts two rows side by side: more, by how much, how many times, which share of.

What is found here is only what is claimed; whether it holds, ``relating`` says. The text that is
read has every figure blacked out as ``#`` and every name and day as a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.portions import PART_BEHIND, Portion, portion_of
from strideiq.coach.checking.relation_words import (
    BARE,
    BEATEN,
    BETWEEN_TWO,
    BEYOND,
    BY_A_FIGURE,
    DIFFER,
    FIGURE_FIRST,
    FROM_TO,
    MAKES_UP,
    MULTIPLIED,
    NOT,
    PART_OF,
    PLACES,
    PORTION_MORE,
    SAME,
    SHARE,
    TAKEN_OFF,
    THAN_A_PART,
    THAN_BY,
    TIMES_AS,
    TO_MATCH,
    TO_MATCH_FIRST,
    TURN_OF,
    TURNS,
    TWIN_BEHIND,
    TWINS,
    UP_FROM,
    WAYS,
    WITH_ANOTHER,
    WITHIN,
    Way,
)
from strideiq.coach.checking.statements import advises

Measure = Literal["order", "difference", "ratio", "share", "part", "within", "same"]


PACE_APART_MAX = 0.1
"""In s/m: nobody runs a kilometre in 100 s, so that a pace below is a difference of two."""


@dataclass(frozen=True)
class Relation:
    """A claim that one row stands in some relation to another one."""

    begin: int
    end: int
    way: Way
    measure: Measure
    word: str = ""
    """What says it: "longer", "drop", "as far"."""
    told: Told | None = None
    portion: Portion | None = None
    twin: Told | None = None
    """The same difference, told again: "5.8 km, or 9 %"."""
    per_m: float | None = None
    """For a difference of paces told as seconds: over how many metres."""
    turn: bool = False
    """Whether it tells of a change from what was earlier to what is later."""
    whole: bool = False
    """Whether it is told as a part that makes up a whole."""
    between: tuple[int, int] | None = None
    """For "from one to another", where each of them begins."""
    reference: tuple[int, int] | None = None
    """Where what it is compared with stands, where that is inside of it."""
    denied: bool = False
    """Whether it is said not to be so."""
    beaten: bool = False
    """Whether it is told as "beaten" or "not yet reached"; what is compared stands behind it."""
    beside: Told | None = None
    """For one without a figure of its own, the figure that stands nearest before it, or behind."""
    near: bool = False
    """Whether "the same" is only nearly so."""


def relations(text: str, told: Sequence[Told]) -> list[Relation]:
    """Every claim of a relation, in the order of the text; figures in it are of no row."""
    found: list[Relation] = []
    for one in _all(blacked_out(text, told), {one.begin: one for one in told}, text):
        if advises(text, one.begin) and one.word != "to match":
            continue
        if not any(one.begin < other.end and other.begin < one.end for other in found):
            found.append(_whole(text, one, told))
    return sorted(found, key=lambda one: one.begin)


def _whole(text: str, one: Relation, told: Sequence[Told]) -> Relation:
    """A relation with the words that deny or bound it, and the figure beside it."""
    if not one.beaten:
        one = _denied(text, one)
    than = THAN_A_PART.search(text, 0, one.begin)
    if than and one.told:
        one = replace(one, begin=than.start())
    one = _with_twin(text, one, told)
    return one if one.beside else replace(one, beside=_beside(one, told))


def _with_twin(text: str, one: Relation, told: Sequence[Told]) -> Relation:
    """A difference with its share behind it: "5.8 km less than last week (9 %)"."""
    if one.measure != "difference" or one.twin or not one.told or one.told.dimension == "share":
        return one
    match = TWIN_BEHIND.match(blacked_out(text, told), one.end)
    twin = match and next((each for each in told if each.begin == match.start("f")), None)
    if not match or not twin or twin.dimension != "share":
        return one
    return replace(one, twin=twin, end=one.end if match["between"] else match.end())


def _beside(one: Relation, told: Sequence[Told]) -> Told | None:
    front = [each for each in told if each.end <= one.begin]
    return front[-1] if front else next((each for each in told if each.begin >= one.end), None)


def blacked_out(text: str, told: Sequence[Told]) -> str:
    """The text with every figure as number signs."""
    characters = list(text)
    for one in told:
        if PART_BEHIND.match(text, one.end):
            continue
        characters[one.begin : one.end] = "#" * (one.end - one.begin)
    return "".join(characters)


def _denied(text: str, one: Relation) -> Relation:
    """A relation with the word that denies it, where one stands before it in its part."""
    begin = max(text.rfind(mark, 0, one.begin) for mark in ",;:(") + 1
    found = list(NOT.finditer(text, begin, one.end))
    if not found:
        return one
    return replace(one, begin=min(one.begin, found[-1].start()), denied=True)


def _all(text: str, told: dict[int, Told], written: str) -> Iterator[Relation]:
    """Readings, those with a figure first; a later one counts only where no earlier one stands."""
    for one in told.values():
        if one.extra:
            fewer = re.search(r"\b(?:fewer|less)\b", written[one.begin : one.end], re.IGNORECASE)
            way: Way = "down" if fewer else "up"
            yield Relation(one.begin, one.end, way, "difference", "extra", one)
    yield from _turned(text, told)
    yield from _between(text, told)
    yield from _beaten(text, told)
    yield from _parts(text, told)
    for match in PORTION_MORE.finditer(text):
        word = match["c"].lower()
        part = portion_of(match, text)
        yield Relation(*match.span(), _way(word)[0], "difference", word, portion=part)
    for match in TIMES_AS.finditer(text):
        yield _times(match, text, told)
    for match in MULTIPLIED.finditer(text):
        word = "half" if match["half"] else match["double"].lower()
        hedged = re.search(r"\b(?:more than|almost|nearly|just over|about|roughly|over)\s$",
                           text[: match.start()], re.IGNORECASE)  # fmt: skip
        portion = portion_of(match, text, word)
        begin = hedged.start() if hedged else match.start()
        yield Relation(begin, match.end(), "same", "ratio", "doubled", portion=portion, turn=True)
    yield from _taken_off(text, told)
    yield from _by_behind(text, told)
    yield from _twins(text, told)
    for pattern in (FIGURE_FIRST, BY_A_FIGURE, TURN_OF):
        for match in pattern.finditer(text):
            figure = told.get(match.start(_group(match, "f", "f2")))
            if figure:
                yield _difference(match, figure)
    yield from _shares(text, told)
    yield from _bare(text)


def _by_behind(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    """A difference behind what it is compared with: "slower than Sunday Long by 5 s per km"."""
    for match in THAN_BY.finditer(text):
        figure = told.get(match.start("f"))
        apart = figure and (
            figure.dimension == "share"
            or (figure.dimension == "pace" and figure.value < PACE_APART_MAX)
        )
        if figure and (match["by"] or apart):
            one = _difference(match, figure)
            yield replace(one, end=match.end("c"), reference=match.span("other"))


def _twins(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    """A difference that is told twice before its word: "5.8 km (about 9 %) behind"."""
    for match in TWINS.finditer(text):
        figure, twin = told.get(match.start("f")), told.get(match.start("f2"))
        if figure and twin and (figure.dimension == "share") != (twin.dimension == "share"):
            if figure.dimension == "share":
                figure, twin = twin, figure
            yield replace(_difference(match, figure), begin=match.start(), twin=twin)


def _bare(text: str) -> Iterator[Relation]:
    """What tells no figure: "the same as", "longer than"."""
    for match in SAME.finditer(text):
        near = bool(match["near"]) and "exactly" not in match["near"].lower()
        similar = match["c"].lower() in {"similar", "in line", "level"}
        yield Relation(*match.span(), "same", "same", match["c"].lower(), near=near or similar)
    for match in BARE.finditer(text):
        yield Relation(*match.span(), _way(match["c"])[0], "order", match["c"].lower())


def _beaten(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    """What is beaten, or not yet."""
    for match in BEATEN.finditer(text):
        way: Way = "down" if match["not"] else "up"
        behind = next((told[place] for place in sorted(told) if place >= match.end()), None)
        yield Relation(*match.span(), way, "order", "beaten", beside=behind, beaten=True)


def _parts(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    """What lies within another: "part of this week", "9 of 18 runs"."""
    for match in WITHIN.finditer(text):
        yield Relation(*match.span(), "same", "within", "of")
    for match in PART_OF.finditer(text):
        whole = told.get(match.start("f2"))
        if match.start("f") in told and whole:
            place = match.start("of")
            yield Relation(place, place, "same", "part", "of", beside=whole)


def _shares(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    for match in SHARE.finditer(text):
        figure = told.get(match.start("f")) if match["f"] else None
        if match["f"] and (figure is None or figure.dimension != "share"):
            continue
        portion = None if figure else portion_of(match, text)
        than = THAN_A_PART.search(text, 0, match.start())
        begin = than.start() if than else match.start()
        whole = bool(MAKES_UP.search(text, max(0, begin - 45), match.start()))
        yield Relation(begin, match.end(), "same", "share", "of", figure, portion, whole=whole)


def _turned(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    """What turned from one figure to another: "fell from", "up from"."""
    for match in FROM_TO.finditer(text):
        places = (match.start("to"), match.start("from"))
        way: Way = "apart"
        if re.fullmatch(f"{TURNS[0][1]}|{TURNS[1][1]}", match["c"], re.IGNORECASE):
            way = _way(match["c"].lower())[0]
        behind = told.get(match.start("f2"))
        yield Relation(
            match.start("c"), match.end("c"), way, "order", "turned", beside=behind, between=places,
            turn=True,
        )  # fmt: skip
    for match in UP_FROM.finditer(text):
        yield Relation(
            *match.span("c"), _way(match["c"])[0], "order", "up from",
            beside=told.get(match.start("f")), turn=True,
        )  # fmt: skip


def _between(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    """What is told with both of its sides around it: between two, apart, beyond another."""
    for match in BETWEEN_TWO.finditer(text):
        figure = told.get(match.start("f"))
        if figure:
            places = (match.start("from"), match.start("to"))
            yield replace(_difference(match, figure), way="apart", between=places, turn=False)
    for match in DIFFER.finditer(text):
        figure = told.get(match.start(_group(match, "f", "f2")))
        if figure:
            begin, end = min(match.start(), figure.begin), match.end()
            yield Relation(begin, end, "apart", "difference", "differ", figure)
    for match in TO_MATCH.finditer(text):
        figure = told.get(match.start("f"))
        if figure:
            yield Relation(*match.span(), "down", "difference", "to match", figure, beaten=True)
    for match in (*TO_MATCH_FIRST.finditer(text), *WITH_ANOTHER.finditer(text)):
        figure = told.get(match.start("f"))
        if figure:
            yield Relation(
                match.start("f"), match.end(), "down", "difference", "to match", figure,
                reference=match.span("other"),
            )  # fmt: skip
    for match in BEYOND.finditer(text):
        figure = told.get(match.start("f")) if match["f"] else None
        less = match["c"].lower().startswith(("trail", "lag"))
        way: Way = "down" if less else "up"
        measure: Measure = "difference" if figure else "order"
        place = match.span("other") if figure else None
        yield Relation(*match.span(), way, measure, "beyond", figure, reference=place, beaten=True)


def _taken_off(text: str, told: dict[int, Told]) -> Iterator[Relation]:
    """What was taken off a time: "you took 20 minutes off your marathon"."""
    for match in TAKEN_OFF.finditer(text):
        figure = told.get(match.start("f"))
        if figure:
            yield Relation(*match.span(), "faster", "difference", "off", figure, turn=True)


def _group(match: re.Match[str], *names: str) -> str:
    found = match.groupdict()
    return next(name for name in names if found.get(name))


def _difference(match: re.Match[str], figure: Told) -> Relation:
    word = match[_group(match, "c", "c2")].lower()
    way, turn = _way(word)
    groups = match.groupdict()
    per = groups.get("per") or groups.get("per2") or groups.get("per3") or ""
    per_m = None
    if per:
        per_m = 1609.344 if re.search(r"\bmi", per, re.IGNORECASE) else 1000.0
    begin = min(match.start(), figure.begin)
    return Relation(begin, match.end(), way, "difference", word, figure, per_m=per_m, turn=turn)


def _times(match: re.Match[str], text: str, told: dict[int, Told]) -> Relation:
    groups = match.groupdict()
    word = (groups.get("c") or groups.get("noun") or "").lower()
    if groups["double"]:
        return Relation(
            *match.span(), "same", "ratio", word, portion=portion_of(match, text, groups["double"])
        )
    figure = told.get(match.start("f")) if groups["f"] else None
    portion = portion_of(match, text, figure=figure)
    return Relation(*match.span(), "same", "ratio", word, portion=portion)


def _way(word: str) -> tuple[Way, bool]:
    for ways, turn in ((WAYS, False), (TURNS, True)):
        for way, words in ways:
            if re.fullmatch(words, word, re.IGNORECASE):
                return way, turn
    raise AssertionError(word)


def names_its_place(one: Relation) -> bool:
    """Whether what it is compared with stands right behind it: "above", "below"."""
    return bool(PLACES.match(one.word))
