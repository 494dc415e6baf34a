"""Numbers in words, turned into digits of the same length of text."""

from __future__ import annotations

import re

_SMALL = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000}
_WORD = "|".join(sorted([*_VALUES, *_SCALES], key=len, reverse=True))
_DIGIT = "|".join(_SMALL[:10])
_RUN = re.compile(
    r"\b(?:(?:an?\s)?(?:couple of|half an|half a|quarter of an)\b|"
    rf"(?:an?\s)?(?:{_WORD})(?:(?:[\s-]|\sand\s)(?:{_WORD}))*(?:\spoint(?:\s(?:{_DIGIT}))+)?|"
    r"an?(?=\s(?:hour|minute|kilomet|mile|marathon distance)\w*\b))\b",
    re.IGNORECASE,
)
_NO_NUMBER = re.compile(
    r"one\s(?:of|more|another|thing|day|way|option|at|that|which|you|to|can|step|is|was)\b|"
    r"one[\s]*(?:[.,;:!?]|$)",
    re.IGNORECASE,
)
_BEFORE_ONE = re.compile(
    r"\b(?:this|that|which|the|no|any|every|each|another|last|next|long|easy|hard|good|latest)\s$",
    re.IGNORECASE,
)


def as_digits(text: str) -> str:
    """The text with its number words as digits, padded so that every place stays where it was."""

    def digits(match: re.Match[str]) -> str:
        words = match.group()
        if words.lower() == "one" and (
            _NO_NUMBER.match(text, match.start()) or _BEFORE_ONE.search(text, 0, match.start())
        ):
            return words
        written = _written(words)
        return words if len(written) > len(words) else written.rjust(len(words))

    return _RUN.sub(digits, text)


def _written(words: str) -> str:
    lower = words.lower()
    if lower.startswith(("half", "a half")):
        return "0.5"
    if "quarter" in lower:
        return "0.25"
    if "couple" in lower:
        return "2"
    if lower in {"a", "an"}:
        return "1"
    head, _, decimals = lower.partition(" point ")
    total, current = 0, 0
    for word in re.split(r"[\s-]+", head):
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
