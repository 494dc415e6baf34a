"""Parts and multiples in words: "a third of", "twice as far", "about three times the distance"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from strideiq.coach.checking.numbers import Told, hedge

_WORDS = {
    "half": 1 / 2, "a third": 1 / 3, "one third": 1 / 3, "two thirds": 2 / 3, "a quarter": 1 / 4,
    "one quarter": 1 / 4, "three quarters": 3 / 4, "a fifth": 1 / 5, "one fifth": 1 / 5,
    "two fifths": 2 / 5, "three fifths": 3 / 5, "four fifths": 4 / 5, "a sixth": 1 / 6,
    "a seventh": 1 / 7, "an eighth": 1 / 8, "a tenth": 1 / 10, "twice": 2.0, "double": 2.0,
    "triple": 3.0, "treble": 3.0, "thrice": 3.0,
}  # fmt: skip
_DIGITS = {"one": "1", "two": "2", "three": "3", "four": "4"}
_SAID = {
    re.sub(r"^(one|two|three|four)\b", lambda match: _DIGITS[match.group()], words): value
    for words, value in _WORDS.items()
} | _WORDS
PORTION = (
    r"(?P<portion>\b(?:"
    + "|".join(re.sub(r"[ ]", r"[\\s-]+", words) for words in sorted(_SAID, key=len, reverse=True))
    + r")\b)"
)
PART_BEHIND = re.compile(r"[\s-]+(?:thirds?|quarters?|fifths?)\b", re.IGNORECASE)
"""Behind a number, what makes it the number of a part."""
WITHIN = {
    "exactly": (0.005, 0.005),
    "near": (0.02, 0.02),
    "about": (0.05, 0.05),
    "just below": (0.08, 0.0),
    "just above": (0.0, 0.08),
    "below": (0.15, 0.0),
    "above": (0.0, 0.15),
}
"""How far below and above what is told the truth may lie, as a share of it."""
ABOVE_MAX = 0.25
"""More than twice is less than two and a half times."""
TENTH_SLACK = 0.1
"""A multiple that is told with decimals is one to half of its last place."""
MULTIPLE_MAX = 0.005
"""A multiple that is told without "about" is one to this share."""


@dataclass(frozen=True)
class Portion:
    """A part or a multiple, and between which two values it holds."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a true part is the one that is told."""
        return self.low - 1e-9 <= value <= self.high + 1e-9


def portion_of(
    match: re.Match[str], text: str, word: str = "", figure: Told | None = None
) -> Portion | None:
    """What a match tells; None where it tells a number that nobody reads."""
    said = word or match.groupdict().get("portion") or ""
    if figure is not None:
        value = figure.value
        begin = figure.begin
    else:
        found = _value(said)
        if found is None:
            return None
        value, begin = found, match.start()
    how = hedge(text[max(0, begin - 32) : begin])
    below, above = WITHIN[how]
    if value > 1 and how == "above":
        above = ABOVE_MAX
    if value > 1 and how == "near":
        below = above = MULTIPLE_MAX
        if figure is not None and figure.slack < TENTH_SLACK:
            below = above = figure.slack / value
    return Portion(value * (1 - below), value * (1 + above))


def _value(said: str) -> float | None:
    words = re.sub(r"[\s-]+", " ", said.strip().lower())
    return _SAID.get(words)
