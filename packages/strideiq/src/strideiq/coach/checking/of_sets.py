"""What a sentence says of several rows at once, judged over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from strideiq.coach.checking.also_named import also_named
from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.compared import blank
from strideiq.coach.checking.index import Index
from strideiq.coach.checking.mentions import Mention, mask
from strideiq.coach.checking.numbers import figures
from strideiq.coach.checking.quantified import counts
from strideiq.coach.checking.ranked import ranks
from strideiq.coach.checking.row_sets import SetGround
from strideiq.coach.checking.together import together

_ON_AVERAGE = frozenset({"on average", "average", "mean", "a day", "per day"})
"""What tools call the means of their days; beside a set it is the mean of that."""


@dataclass
class OfSets:
    """The mentions, what is struck out because it holds, and what is false."""

    mentions: list[Mention]
    named: list[Mention] = field(default_factory=list)
    struck: list[tuple[int, int]] = field(default_factory=list)
    """Ranks, whose words still say what a figure beside them is of."""
    whole: list[tuple[int, int]] = field(default_factory=list)
    """Claims with all their words."""
    of: list[tuple[int, int, str]] = field(default_factory=list)
    """Words that are understood where they are left out."""
    cited: list[tuple[int, str]] = field(default_factory=list)
    wrong: str = ""

    def take(self, cited: Sequence[tuple[int, str]], wrong: str) -> None:
        """Keep what one kind of claim rests on, and the first that is false."""
        self.cited += cited
        self.wrong = self.wrong or wrong


def of_sets(ground: SetGround, index: Index, focus: Subjects | None) -> OfSets:
    """Judge all that a sentence says of sets that the evidence holds whole."""
    found = OfSets(list(ground.mentions))
    if not ground.sets:
        return found
    also = also_named(ground.text, ground.sets, ground.mentions, ground.today)
    mentions = sorted([*ground.mentions, *also], key=lambda one: one.begin)
    text = mask(ground.text, also)
    ground = replace(ground, text=text, mentions=mentions)
    told = figures(text)
    counted = counts(ground, told, index)
    found.whole += counted.struck
    found.take(counted.cited, counted.wrong)
    ground = replace(ground, text=_without(ground.text, counted.struck))
    ranked = ranks(ground, told, index, focus)
    found.struck += ranked.struck
    found.of += ranked.of
    found.named += ranked.named
    found.take(ranked.cited, ranked.wrong)
    ground = replace(ground, text=_without(ground.text, ranked.struck))
    added = together(ground, told, index)
    found.whole += added.struck
    found.named += added.named
    found.take(added.cited, added.wrong)
    if any(row.kind == "mean_of_set" for one in added.named for row in one.exact):
        means = [m for m in ground.mentions if ground.said[m.begin : m.end].lower() in _ON_AVERAGE]
        found.whole += [(m.begin, m.end) for m in means]
    if found.struck or found.whole:
        found.named += also
    gone = [*found.whole, *found.struck, *((one.begin, one.end) for one in found.named)]
    left = [m for m in ground.mentions if not any(b <= m.begin < e for b, e in gone)]
    found.mentions = sorted([*found.named, *left], key=lambda one: one.begin)
    return found


def _without(text: str, struck: Sequence[tuple[int, int]]) -> str:
    for begin, end in struck:
        text = blank(text, begin, end)
    return text
