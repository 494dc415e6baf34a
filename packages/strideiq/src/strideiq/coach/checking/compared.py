"""The relations of one sentence, judged; what they say is struck out of the text that is left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from strideiq.coach.checking.evidence import Figure
from strideiq.coach.checking.ground import Ground, Sides
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.matching import equal
from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.relating import Verdict, judge
from strideiq.coach.checking.relations import Relation, blacked_out, names_its_place, relations
from strideiq.coach.checking.sides import AT_ITS_HIGHEST, reference, sides

_A_FIGURE = re.compile(r"\s+(?:an?\s)?#")


@dataclass(frozen=True)
class Compared:
    """What a sentence says of two rows at once."""

    rest: str
    """The text without the claims that hold."""
    cited: tuple[tuple[int, str], ...] = ()
    """Places, and the ids of what bears them out."""
    linked: tuple[Sides, ...] = ()
    """Rows that may stand side by side in it."""
    struck: tuple[tuple[int, int], ...] = ()
    """Places of the claims that hold."""
    parts: tuple[tuple[int, Sides], ...] = ()
    """For "9 of 18", the place of the second figure, and whose they are."""
    others: tuple[tuple[int, int, Figure], ...] = ()
    """Where something is told of what it is compared with, and what that is."""
    sides: tuple[tuple[int, Sides], ...] = ()
    """The relations that hold in one reading only, with the places where they end."""
    cuts: tuple[int, ...] = ()
    """Where what something is compared with begins."""
    wrong: str = ""
    """A claim that does not hold, or nothing."""


@dataclass
class _Found:
    rest: str
    cited: list[tuple[int, str]] = field(default_factory=list)
    linked: list[Sides] = field(default_factory=list)
    struck: list[tuple[int, int]] = field(default_factory=list)
    parts: list[tuple[int, Sides]] = field(default_factory=list)
    others: list[tuple[int, int, Figure]] = field(default_factory=list)
    sides: list[tuple[int, Sides]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)

    def hold(
        self, one: Relation, readings: list[Sides], verdict: Verdict, place: tuple[int, int] | None
    ) -> None:
        """Keep what a relation that holds says of the rest of the sentence."""
        self.struck.append((one.begin, one.end))
        opening = AT_ITS_HIGHEST.match(self.rest)
        if opening and all(each.texts[0].startswith(opening.group()) for each in readings):
            self.rest = blank(self.rest, *opening.span())
        if one.told and one.told.begin >= one.end:
            self.struck.append((one.told.begin, one.told.end))
            self.rest = blank(self.rest, one.told.begin, one.told.end)
        if one.twin:
            self.struck.append((one.twin.begin, one.twin.end))
            self.rest = blank(self.rest, one.twin.begin, one.twin.end)
        if place and not one.between and not one.reference:
            self.cuts.append(place[0] or place[1])
        self.linked += readings
        if place and not one.between:
            self.others += [(*place, figure) for figure in verdict.others]
        if one.word == "up from" and len(readings) == 1 and one.beside:
            self.parts.append((one.beside.begin, readings[0]))
        if one.word == "turned" and one.beside and len(readings) == 1:
            turned = replace(readings[0], rows=readings[0].other_rows, other_rows=readings[0].rows)
            self.parts.append((one.beside.begin, turned))
        if len(readings) == 1:
            self.sides.append((one.end, readings[0]))
        self.cited += [(one.begin, figure_id) for figure_id in verdict.cited]
        self.rest = blank(self.rest, one.begin, one.end)

    def done(self, wrong: str = "") -> Compared:
        return Compared(
            self.rest,
            tuple(self.cited),
            tuple(self.linked),
            tuple(self.struck),
            tuple(self.parts),
            tuple(self.others),
            tuple(self.sides),
            tuple(self.cuts),
            wrong,
        )


def compare(ground: Ground, text: str, told: Sequence[Told], index: Index) -> Compared:
    """Judge every relation that a text tells of; the first that does not hold ends it."""
    found = _Found(text)
    before: list[Sides] = []
    for one in relations(text, told):
        readings = sides(ground, one, before)
        verdict = judge(index, one, readings) if readings else None
        if verdict is None:
            unproved = (
                one.measure in {"same", "within"}
                or one.beaten
                or names_its_place(one)
                or one.denied
            )
            place = reference(ground, one)
            bounds = _A_FIGURE.match(ground.text, one.end)
            unproved = unproved or one.measure in {"order", "difference"}
            named = (
                not bounds
                and place
                and any(place[0] <= each.begin < place[1] for each in ground.mentions)
            )
            if (readings and one.measure == "same") or (named and unproved):
                return found.done(text[one.begin : one.end].strip() or one.word)
            continue
        if not verdict.holds or _of_another_figure(one, verdict, told):
            return found.done(text[one.begin : one.end].strip() or one.word)
        if one.measure == "part":
            found.parts += [(one.beside.begin, each) for each in readings[:1] if one.beside]
            found.linked += readings
            continue
        before = readings
        found.hold(one, readings, verdict, reference(ground, one))
    return found.done()


def _of_another_figure(one: Relation, verdict: Verdict, told: Sequence[Told]) -> bool:
    """Whether the figure that something turned from is of another quantity than what turned."""
    if one.word == "turned" and one.beside and one.between:
        to = next((each for each in told if each.begin == one.beside.begin), one.beside)
        before = [each for each in told if each.end <= to.begin]
        near = before[-1] if before and not before[-1].bare else to
        return not {*near.dimensions} & {*to.dimensions}
    if one.word != "up from" or one.beside is None:
        return False
    front = [each for each in told if each.end <= one.begin]
    if front and not {*front[-1].dimensions_told} & {*one.beside.dimensions_told}:
        return True
    return not any(equal(one.beside, figure) for figure in verdict.others)


def blank(text: str, begin: int, end: int) -> str:
    """A text without one of its parts, at its length."""
    return text[:begin] + " " * (end - begin) + text[end:]


def ground_of(ground: Ground, told: Sequence[Told]) -> Ground:
    """A ground whose figures are blacked out too."""
    return replace(
        ground,
        text=blacked_out(ground.text, told),
        words=blacked_out(ground.words, told),
    )


def linked(compared: Compared, one: Mention, other: Mention) -> bool:
    """Whether two mentions are the two sides of a relation that holds."""
    return any(
        (one.possible & each.rows and other.possible & each.other_rows)
        or (other.possible & each.rows and one.possible & each.other_rows)
        for each in compared.linked
    )
