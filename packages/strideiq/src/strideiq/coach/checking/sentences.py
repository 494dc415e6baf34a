"""Whole sentences out of a text that arrives in pieces, as soon as each is whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LENGTH_MAX = 2000
"""Characters; what is longer without an end is given as it is."""

_END = re.compile(r"(?P<mark>[.!?\u2026]+)(?P<close>[\"\u201d'\u2019)\]*_`]*)(?P<space>\s+|$)")
_NEVER_AN_END = re.compile(
    r"(?:^|[\s(\"])(?:e\.g|i\.e|vs|approx|ca|cf|no|nr|dr|mr|mrs|(?<!\d\s)ms|st|prof|incl|excl|fig|[A-Z])$",
    re.IGNORECASE,
)
_SHORTENED = re.compile(
    r"(?:^|[\s(\d])(?:min|mins|sec|secs|hr|hrs|h|s|km|kms|mi|ft|avg|max|etc|a\.m|p\.m|am|pm|"
    r"jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|mon|tue|tues|wed|thu|thur|thurs|fri|sat|"
    r"sun)$",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"^\s*(?:[-*+]\s+)?\d{1,2}$")
_NO_SENTENCE = re.compile(r"^[\s|:*_=`~#>+-]*(?:```.*)?$")
_OPENING = re.compile(r"[\"'(\u201c\u2018\u201e\[*_`#>-]*")


class Sentences:
    """Takes pieces of text, gives whole sentences; what is left comes with ``rest``."""

    def __init__(self) -> None:
        self._pending = ""

    def take(self, piece: str) -> Iterator[str]:
        """Add a piece, and give every sentence that is whole by now."""
        self._pending += piece.replace("\r\n", "\n").replace("\r", "\n")
        while (end := self._end()) is not None:
            sentence, self._pending = self._pending[:end], self._pending[end:]
            yield from _cleaned(sentence)

    def rest(self) -> Iterator[str]:
        """What is left when no more comes: the last sentence, whole or not."""
        sentence, self._pending = self._pending, ""
        for line in sentence.split("\n"):
            yield from _cleaned(line)

    def _end(self) -> int | None:
        """Where the first sentence ends; None while that cannot be told yet."""
        line_end = self._pending.find("\n")
        line = self._pending if line_end < 0 else self._pending[:line_end]
        for match in _END.finditer(line):
            whole = line_end >= 0 or len(line) > match.end()
            if not whole:
                break
            if match["space"] and _ends(line, match, unfinished=line_end < 0):
                return match.end()
        if line_end >= 0:
            return line_end + 1
        return LENGTH_MAX if len(line) > LENGTH_MAX else None


def sentences(pieces: Iterable[str]) -> Iterator[str]:
    """The sentences of a text in pieces."""
    found = Sentences()
    for piece in pieces:
        yield from found.take(piece)
    yield from found.rest()


def _ends(line: str, match: re.Match[str], *, unfinished: bool) -> bool:
    """Whether a mark ends a sentence, by what stands on both its sides."""
    before, after = line[: match.start()], line[match.end() :]
    after = after[_OPENING.match(after).end() :]  # type: ignore[union-attr]  # it matches nothing too
    if not after:
        return not unfinished
    if (before + match["close"]).count('"') % 2 or _inside_quotes(before + match["close"]):
        return False
    if match["mark"] == "." and (_LIST_NUMBER.match(before) or _NEVER_AN_END.search(before)):
        return False
    if match["mark"] == "." and before[-1:].isdigit():
        word = re.match(r"\w+", after)
        growing = unfinished and word is not None and word.end() == len(after)
        if growing or _MONTH.match(after):
            return False
    if match["mark"] == "." and _SHORTENED.search(before):
        return after[0].isupper()
    return not after[0].islower()


def _inside_quotes(text: str) -> bool:
    return text.count("\u201c") > text.count("\u201d")


def _cleaned(sentence: str) -> Iterator[str]:
    text = sentence.strip()
    if text and not _NO_SENTENCE.match(text):
        yield text
