"""Numbers in words, turned into digits of the same length of text."""

from __future__ import annotations

import re
from functools import lru_cache

SMALL = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
"""Number words below twenty, each at its place."""
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = (
    {word: value for value, word in enumerate(SMALL)}
    | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
    | {"nought": 0, "naught": 0, "nil": 0}
)
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000}
_ORDINALS = [
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth", "twentieth"),
]
_WORD = "|".join(sorted([*_VALUES, *_SCALES], key=len, reverse=True))
_DIGIT = "|".join(SMALL[:10])
_PART = r"(?:\sand)?\s(?:an?\s)?(?P<part>half|(?:three|3)[\s-]quarters?|quarter)\b"
_UNIT = r"(?:hour|minute|kilomet|mile|day|week)"
_RUN = re.compile(
    r"\b(?:(?:an?\s)?(?:couple of|half an?(?=\shour|\smile|\skilo|\sdozen)|(?<!and a )half a|"
    r"quarter of an|"
    r"three[\s-]quarters of an)\b|"
    rf"(?:an?\s)?(?:{_WORD})(?:(?:[\s-]|\sand\s)(?:{_WORD})(?![\s-]quarter))*(?:\spoint(?:\s(?:{_DIGIT}))+)?|"
    rf"an?(?=\s{_UNIT}\w*\b))\b",
    re.IGNORECASE,
)
_AND_A_PART = re.compile(
    rf"(?P<number>\d+)(?P<unit>\s{_UNIT}\w*)?{_PART}(?P<after>\s{_UNIT}\w*)?", re.IGNORECASE
)
_NO_NUMBER = re.compile(
    r"one\s(?:of|more|another|thing|day|way|option|at|that|which|you|to|can|step|is|was|before|"
    r"after)\b|one[\s]*(?:[.,;:!?]|$)",
    re.IGNORECASE,
)
_BEFORE_ONE = re.compile(
    r"\b(?:this|that|which|the|no|any|every|each|another|last|next|long|easy|hard|good|latest)\s$",
    re.IGNORECASE,
)
_A_RATE = re.compile(
    r"(?:\d|\b(?:minutes?|mins?|km|kilomet(?:re|er)s?|miles?|met(?:re|er)s?|hours?|seconds?|secs?|"
    r"beats|runs?|times|climbing|ascent|and a (?:half|quarter)|half))\s$",
    re.IGNORECASE,
)
"""What stands before "a week" and "a mile" where they say how often."""
_ORDINAL_OF_DATE = re.compile(
    r"\b(?:(?:twenty|thirty)-)?(?:" + "|".join(_ORDINALS) + r")\b|\bthirtieth\b", re.IGNORECASE
)


_PARTS = {"half": "0.5", "three quarters": "0.75", "quarter": "0.25", "couple": "2"}


@lru_cache(maxsize=2048)
def as_digits(text: str) -> str:
    """The text with its number words as digits, padded so that every place stays where it was."""
    return _AND_A_PART.sub(_with_part, _RUN.sub(_digits, text))


def ordinals_as_digits(text: str) -> str:
    """The text with "twenty-third" as 23, padded: for days of a month."""

    def digits(match: re.Match[str]) -> str:
        tens, _, ones = match.group().lower().rpartition("-")
        number = {"twenty": 20, "thirty": 30}.get(tens, 0)
        number += 30 if ones == "thirtieth" else _ORDINALS.index(ones) + 1
        return f"{number}th".rjust(len(match.group()))

    return _ORDINAL_OF_DATE.sub(digits, text)


def _digits(match: re.Match[str]) -> str:
    words, text = match.group(), match.string
    if words.lower() in {"a", "an"} and _A_RATE.search(text, 0, match.start()):
        return words
    if words.lower() == "one" and (
        _NO_NUMBER.match(text, match.start()) or _BEFORE_ONE.search(text, 0, match.start())
    ):
        return words
    written = _written(words)
    return words if len(written) > len(words) else written.rjust(len(words))


def _with_part(match: re.Match[str]) -> str:
    """2 hours and a half, 7 and three quarter hours: one number."""
    part = {"half": 0.5, "quarter": 0.25}.get(match["part"].lower(), 0.75)
    unit = match["unit"] or match["after"] or ""
    written = f"{int(match['number']) + part:g}{unit}"
    return match.group() if len(written) > len(match.group()) else written.rjust(len(match.group()))


def _written(words: str) -> str:
    lower = re.sub(r"[\s-]+", " ", words.lower())
    for part, value in _PARTS.items():
        if part in lower:
            return value
    if lower in {"a", "an"}:
        return "1"
    head, _, decimals = lower.partition(" point ")
    total, current = 0, 0
    for word in head.split(" "):
        if word in _VALUES:
            current += _VALUES[word]
        elif word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word == "thousand":
                total, current = total + current, 0
    text = str(total + current)
    if decimals:
        text += "." + "".join(str(_VALUES[word]) for word in decimals.split())
    return text
