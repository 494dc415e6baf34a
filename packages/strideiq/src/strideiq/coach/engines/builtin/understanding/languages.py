"""Questions in other languages: German is read word by word, others are told from English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from strideiq.coach.engines.builtin.understanding.vocabulary import lines_of

TOLD_BY = 2
"""So many words that English has not tell another language."""
_FREQUENT: Mapping[str, frozenset[str]] = {
    name.strip(): frozenset(words.split())
    for name, words in (line.split("=", 1) for line in lines_of("languages"))
}
"""Frequent words of each language in questions of runners."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Told:
    """A text in English as far as it can be read so, and the language that it was asked in."""

    text: str
    language: str = ""


def in_english(text: str) -> Told:
    """The text in English; with its words as they were where its language is not read."""
    words = [word.lower() for word in _WORD.findall(text[:400])]
    counts = {name: sum(word in own for word in words) for name, own in _FREQUENT.items()}
    english = counts.pop("English")
    language = max(counts, key=lambda name: counts[name])
    if counts[language] < TOLD_BY or counts[language] <= english:
        return Told(text)
    return Told(_from_german(text) if language == "German" else text, language)


def _from_german(text: str) -> str:
    return _GERMAN.sub(lambda match: _MEANS[match.group().lower()], text)


def _meanings() -> Mapping[str, str]:
    pairs = (line.split("=", 1) for line in lines_of("german"))
    return {german.strip(): english.strip() for german, english in pairs}


_MEANS = _meanings()
_GERMAN = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, _MEANS), key=len, reverse=True)) + r")\b",
    re.IGNORECASE,
)
