"""Where a sentence speaks of a row: by name, by what a tool calls it, or by its day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strideiq.coach.checking.dates import Moment
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.numbers import figures

MASK = "\N{FULL BLOCK}"
NAME_LENGTH_MIN = 3


@dataclass(frozen=True)
class Mention:
    """A place of the text, and the rows that it can mean."""

    begin: int
    end: int
    exact: frozenset[Subject]
    """Rows that it names."""
    possible: frozenset[Subject]
    """Those, and rows that lie within the time that it names."""

    def distance(self, place: int) -> int:
        """How many characters it is from a place."""
        return max(self.begin - place, place - self.end, 0)


def named(text: str, subjects: Sequence[Subject]) -> list[Mention]:
    """Mentions by name or alias; the longest name wins where several fit."""
    calls: dict[str, set[Subject]] = {}
    for subject in subjects:
        for name in (subject.name, *subject.aliases):
            if len(name) >= NAME_LENGTH_MIN:
                calls.setdefault(_folded(name), set()).add(subject)
    folded = _folded(text)
    found: list[Mention] = []
    for name in sorted(calls, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", folded):
            if _is_figure(name) and not _quoted(text, *match.span()):
                continue
            if any(match.start() < one.end and one.begin < match.end() for one in found):
                continue
            these = frozenset(calls[name])
            found.append(Mention(*match.span(), these, these))
    return found


def mentions_of_days(days: Iterable[Moment], subjects: Sequence[Subject]) -> list[Mention]:
    """Mentions by day, week, month or year."""
    return [
        Mention(
            one.begin,
            one.end,
            frozenset(
                subject for subject in subjects for span in one.spans if subject.covers(*span)
            ),
            frozenset(
                subject
                for subject in subjects
                for first, last in one.spans
                if subject.first_day is not None
                and first <= subject.first_day
                and (subject.last_day or subject.first_day) <= last
            ),
        )
        for one in days
    ]


def mask(text: str, mentions: Iterable[Mention]) -> str:
    """The text with its mentions blacked out, so that their digits are nobody's figures."""
    characters = list(text)
    for one in mentions:
        characters[one.begin : one.end] = MASK * (one.end - one.begin)
    return "".join(characters)


def unknown_names(text: str) -> list[str]:
    """Quoted names that no row has, in a text whose known names are blacked out."""
    return [
        match.group()
        for match in re.finditer(
            r"[\"\u201c\u201e\u00ab]([^\"\u201d\u201c\u00bb]{2,80})[\"\u201d\u201c\u00bb]", text
        )
        if MASK not in match.group()
    ]


def _folded(text: str) -> str:
    """Lower case and plain apostrophes, with every character at its place."""
    return "".join(
        lower if len(lower := character.lower()) == 1 else character for character in text
    ).replace("\u2019", "'")


def _is_figure(name: str) -> bool:
    """Whether a name is nothing but a figure: "5 km" alone is a distance, not a run's name."""
    told = figures(name)
    return len(told) == 1 and told[0].begin == 0 and told[0].end >= len(name.strip())


def _quoted(text: str, begin: int, end: int) -> bool:
    return text[begin - 1 : begin] in {'"', "\u201c"} and text[end : end + 1] in {'"', "\u201d"}
