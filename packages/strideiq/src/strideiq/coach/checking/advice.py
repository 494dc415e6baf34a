"""Figures of plain advice for what is to come: "take it easy for a day or two".

Such a figure is of no row. It is let through only where every word of its part of the sentence is
one of a few that can tell nothing of the record, where nothing comes behind, and where it is small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from strideiq.coach.checking.mentions import Mention
from strideiq.coach.checking.numbers import Told
from strideiq.coach.checking.plain import MASK

_PART = re.compile(r"[^,;:()\u2013\u2014]+")
_LEAD = re.compile(
    rf"\s*(?:(?:so|then|and|but|for now|instead|maybe|perhaps|{MASK}+)\s)?(?:please\s)?(?:"
    r"i(?:'d|\u2019d| would)(?: suggest| recommend| advise| keep| take| go for| do| run| rest)?|"
    r"i (?:suggest|recommend|advise)|you (?:could|should|might|may)|consider|try|aim|let's|keep|"
    r"take|run|go|do|jog|rest|sleep|walk|allow|give yourself|stick to|how about|why not)\s",
    re.IGNORECASE,
)
_WORDS_OF_ADVICE = (
    "a an the at for of or to it things yourself off another with some just only about around "
    "easy gentle relaxed short steady light slow recovery easily gently quiet full "
    "jog jogging run running walk walking rest resting sleep sleeping stretching "
    "pace effort day days night nights hour hours minute minutes km kilometres kilometers mile "
    "miles "
    "rest take keep go do try aim suggest recommend want more"
)
_WORDS = frozenset(_WORDS_OF_ADVICE.split())
_GENTLE = re.compile(
    r"\b(?:easy|gentle|gently|relaxed|rest|resting|sleep|recovery|off|walk|easily)\b", re.IGNORECASE
)
"""Without any of these, "you could run 10 km" tells what somebody is able to do."""
_TO_COME = frozenset(
    ("today", "tonight", "tomorrow", "the day after tomorrow", "this evening", "this weekend",
     "this afternoon", "next week")
)  # fmt: skip
_LENGTH_MAX_M, _TIME_MAX_S, _DAYS_MAX = 10_000.0, 3600.0, 7
_SLEEP_MAX_S = 10 * 3600.0


def advised(
    text: str, words: str, told: Sequence[Told], mentions: Sequence[Mention]
) -> Iterator[Told]:
    """The figures that are of plain advice; ``words`` has the days still in it."""
    for match in _PART.finditer(text):
        inside = [one for one in told if match.start() <= one.begin < match.end()]
        lead = _LEAD.match(text, match.start())
        days = [one for one in mentions if match.start() <= one.begin < match.end()]
        to_come = all(words[one.begin : one.end].lower() in _TO_COME for one in days)
        last = not re.search(r"\w", text[match.end() :])
        if not (inside and lead and last and to_come and lead.end() <= inside[0].begin):
            continue
        plain = _without(text, [*inside], lead.end(), match.end())
        known = all(word.lower() in _WORDS for word in re.findall(r"[\w'\u2019%]+", plain))
        gentle = bool(days) or bool(_GENTLE.search(match.group()))
        if known and gentle and all(_is_small(one, match.group()) for one in inside):
            yield from inside


def _without(text: str, inside: Sequence[Told], begin: int, end: int) -> str:
    characters = list(text)
    for one in inside:
        characters[one.begin : one.end] = " " * (one.end - one.begin)
    return "".join(characters[begin:end])


def _is_small(one: Told, part: str) -> bool:
    if one.dimension == "length":
        return 0 < one.value <= _LENGTH_MAX_M
    if one.dimension == "time" and not one.others:
        rests = re.search(r"\b(?:sleep\w*|rest\w*)\b", part, re.IGNORECASE)
        return 0 < one.value <= (_SLEEP_MAX_S if rests else _TIME_MAX_S)
    if re.match(r"(?:easy|gentle|relaxed) (?:minutes|mins)\b", one.counted):
        return 60 * one.value <= _TIME_MAX_S
    days = not one.counted or re.match(
        r"(?:rest |easy |quiet )?(?:days?|nights?|or)\b", one.counted
    )
    return (
        one.bare
        and bool(days)
        and 0 < one.value <= _DAYS_MAX
        and ("day" in part or "night" in part)
    )
