"""Where a sentence speaks of a row: by name, by what a tool calls it, or by its day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from strideiq.coach.checking.dates import Moment
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.numbers import figures
from strideiq.coach.checking.plain import MASK, UnreadableError, plain
from strideiq.coach.checking.words import SMALL

NAME_LENGTH_MIN = 3
NAME_WORDS_MAX = 8
_SAYS = re.compile(
    r"\b(?:you|your|i|he|she|they|we|is|are|was|were|has|have|had|ran|did|do|will|must|should|can|"
    r"not|never|no|ignore|tell|say|show|please)\b"
)
WORDED_BY_ATHLETES = frozenset(
    {"activity", "planned_workout", "workout", "plan", "race", "gear", "note", "fact", "day"}
)
"""Kinds of rows whose names anybody may have written."""

ONLY_BY_NAME = frozenset({"mean_week"})
"""Kinds of rows that the days alone do not name: a month is not its mean week."""


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


class Names:
    """What the rows of one evidence are called; made once, asked for each sentence."""

    def __init__(
        self, subjects: Sequence[Subject], silent: frozenset[Subject] = frozenset()
    ) -> None:
        """``silent``: rows without figures; their names are those of what they end with, too."""
        calls: dict[str, set[Subject]] = {}
        wary: set[str] = set()
        for subject in subjects:
            for name in (subject.name, *_turned(subject.name), *_variants(subject.aliases)):
                folded = _readable(name)
                if len(folded) >= NAME_LENGTH_MIN:
                    calls.setdefault(folded, set()).add(subject)
                    if _only_quoted(folded, subject, name):
                        wary.add(folded)
        self._calls = {name: frozenset(found) for name, found in calls.items()}
        for name in [one for one, rows in calls.items() if rows <= silent]:
            tails = [one for one in calls if name.endswith(f" {one}") or name.startswith(f"{one} ")]
            named = max((one for one in tails if not calls[one] <= silent), key=len, default="")
            self._calls[name] |= self._calls.get(named, frozenset())
        self._partly: dict[str, frozenset[Subject]] = {}
        for subject in subjects:
            for part in _parts_of_name(subject):
                known = self._partly.get(part, frozenset())
                self._partly[part] = known | self._calls.get(_readable(subject.name), frozenset())
        self._parts: dict[str, set[Subject]] = {}
        for subject in subjects:
            whole, mark, _ = subject.row_id.partition(":")
            if mark:
                self._parts.setdefault(whole, set()).add(subject)
        self._longest_first = sorted(calls, key=len, reverse=True)
        self._wary = wary

    def mentions(self, text: str) -> list[Mention]:
        """Mentions by name or alias; the longest name wins where several fit."""
        folded = _folded(text)
        taken = bytearray(len(folded))
        found: list[Mention] = []
        for name in self._longest_first:
            for begin in _places(folded, name):
                end = begin + len(name)
                if any(taken[begin:end]) or (name in self._wary and not _quoted(text, begin, end)):
                    continue
                taken[begin:end] = b"\1" * len(name)
                exact = self._calls[name]
                found.append(Mention(begin, end, exact, self._with_parts(exact)))
        return found + list(self._mentions_in_part(folded, taken))

    def _mentions_in_part(self, folded: str, taken: bytearray) -> Iterator[Mention]:
        """Mentions by a part of a name, behind "the" or "your": "the long run"."""
        for part in sorted(self._partly, key=len, reverse=True):
            for begin in _places(folded, part):
                end = begin + len(part)
                if not any(taken[begin:end]) and _ARTICLE.search(folded, 0, begin):
                    taken[begin:end] = b"\1" * len(part)
                    exact = self._partly[part]
                    yield Mention(begin, end, exact, self._with_parts(exact))

    def _with_parts(self, exact: frozenset[Subject]) -> frozenset[Subject]:
        """Rows with their parts, such as the zones of a run."""
        parts = [self._parts.get(row.row_id, ()) for row in exact] if self._parts else []
        return exact.union(*parts)


_ARTICLE = re.compile(
    r"(?:\b(?:the|your|that|this)|'s|\bon \w+day|\bfrom \w+day|\w+day)\s(?:\w+day(?:'s)?\s)?$"
)
_RUN_NOUNS = ("run", "session", "workout", "effort", "jog", "outing")
_DAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day")
HEAD_LENGTH_MIN = 4


def _parts_of_name(subject: Subject) -> Iterator[str]:
    """Parts by which people call a run: of "Sunday long run" "long run", "threshold session"."""
    words = _readable(subject.name).split()
    if subject.kind != "activity" or len(words) < 2:  # noqa: PLR2004  one word is the whole name
        return
    if len(words) > 2 and words[-1] in _RUN_NOUNS:  # noqa: PLR2004
        yield " ".join(words[-2:])
    head = words[0]
    if head.isalpha() and len(head) >= HEAD_LENGTH_MIN and not _DAY.fullmatch(head):
        for noun in _RUN_NOUNS:
            yield f"{head} {noun}"
            if head.endswith("s"):
                yield f"{head.removesuffix('s')} {noun}"
        if head.endswith("s"):
            yield head


def compatible(one: Mention, other: Mention) -> frozenset[Subject]:
    """The rows that two mentions can mean together: the same ones, or those of the same day."""
    same = one.exact & other.exact or one.possible & other.possible
    if same:
        return same
    if all(row.kind == "split" for row in one.exact | other.exact):
        return frozenset()  # two parts of a run are two things
    days = {row.first_day for row in one.exact if row.first_day and not row.last_day}
    return frozenset(row for row in other.exact if row.first_day in days and not row.last_day)


def _variants(aliases: Iterable[str]) -> Iterator[str]:
    """Each alias, and with other words for what came last."""
    for alias in aliases:
        yield alias
        if alias.startswith("latest "):
            yield f"most recent {alias.removeprefix('latest ')}"
            yield f"newest {alias.removeprefix('latest ')}"
        number = re.search(r"\b(\d\d?) (?:days|weeks|months|years)$", alias)
        if number and int(number[1]) < len(SMALL):
            word = SMALL[int(number[1])]
            yield alias[: number.start(1)] + word + alias[number.end(1) :]
        if re.match(r"last (?:\d+|[a-z]+) (?:days|weeks|months)$", alias):
            for word in ("those", "these", "the same"):
                yield f"{word} {alias.removeprefix('last ')}"


_TURNED = re.compile(r"(?P<word>[A-Z][a-z]+) (?P<rest>\d+ \u00d7 [^,;:]{2,20})")


def _turned(name: str) -> Iterator[str]:
    """A name of "Intervals" and what they were, as people say it: what they were first."""
    match = _TURNED.fullmatch(name)
    if match:
        yield f"{match['rest']} {match['word']}"


def _places(folded: str, name: str) -> Iterator[int]:
    """Where a name stands by itself in a text."""
    begin = folded.find(name)
    while begin >= 0:
        end = begin + len(name)
        before, after = folded[begin - 1 : begin], folded[end : end + 1]
        if not (_in_word(before) or _in_word(after)):
            yield begin
        begin = folded.find(name, begin + 1)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


@lru_cache(maxsize=4096)
def _readable(name: str) -> str:
    """A name as it stands in a plain text; empty where it would hide something there."""
    try:
        return _folded(plain(name))
    except UnreadableError:
        return ""


def _only_quoted(folded: str, subject: Subject, name: str) -> bool:
    """Whether a name could be taken for a statement, so that it counts in quotes only.

    "5 km" is a distance, and a run may be called "You ran 100 km and set a record".
    """
    if subject.kind in WORDED_BY_ATHLETES and name == subject.name:
        return _states(folded)
    return _is_figure(folded)


@lru_cache(maxsize=4096)
def _states(folded: str) -> bool:
    words = folded.split()
    return len(words) > NAME_WORDS_MAX or bool(
        _SAYS.search(folded)
        or re.search(r"[.!?]\s", folded)
        or (folded[:1].isdigit() and _is_figure(folded))
    )


def mentions_of_days(days: Iterable[Moment], subjects: Sequence[Subject]) -> list[Mention]:
    """Mentions by day, week, month or year."""
    return [
        Mention(
            one.begin,
            one.end,
            frozenset(
                subject
                for subject in subjects
                for span in one.spans
                if subject.covers(*span) and subject.kind not in ONLY_BY_NAME
            ),
            frozenset(
                subject
                for subject in subjects
                for first, last in one.spans
                if subject.first_day is not None
                and first <= subject.first_day
                and (subject.last_day or subject.first_day) <= last
                and (subject.kind != "injury" or first.day == 1 or subject.covers(first, last))
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


_QUOTES = re.compile(
    r"[\"\u201c\u201e\u00ab]([^\"\u201d\u201c\u00bb]{2,80})[\"\u201d\u201c\u00bb]|"
    r"(?<!\w)['\u2018\u201a]([^'\u2019\u2018]{2,80})['\u2019\u2018](?!\w)"
)


def unknown_names(text: str) -> list[str]:
    """Quoted names that no row has, in a text whose known names are blacked out."""
    return [match.group() for match in _QUOTES.finditer(text) if MASK not in match.group()]


def _folded(text: str) -> str:
    """Lower case and plain apostrophes, with every character at its place."""
    return "".join(
        lower if len(lower := character.lower()) == 1 else character for character in text
    ).replace("\u2019", "'")


@lru_cache(maxsize=4096)
def _is_figure(name: str) -> bool:
    """Whether a name is nothing but a figure: "5 km" alone is a distance, not a run's name."""
    told = figures(name)
    return len(told) == 1 and told[0].begin == 0 and told[0].end >= len(name.strip())


def _quoted(text: str, begin: int, end: int) -> bool:
    return text[begin - 1 : begin] in {'"', "\u201c"} and text[end : end + 1] in {'"', "\u201d"}
