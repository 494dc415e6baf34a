"""A question's words, tidied: one case, no apostrophes, short forms written out, typos mended."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from strideiq.coach.checking.words import as_digits
from strideiq.coach.engines.builtin.understanding.vocabulary import (
    ORDINARY_WORDS,
    SHORT_FORMS,
    TELLING_WORDS,
)

LENGTH_MAX = 2_000
"""Of a longer question only the beginning is read."""
MENDED_LENGTH_MIN = 4
"""Shorter words have too many neighbours to be mended."""

LONG_LENGTH_MIN = 7
"""From what length on a word may have two wrong letters."""

_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*(?:\.\d)?%?|[a-z]+(?:-[a-z]+)*|[?>=]", re.IGNORECASE)
_NUMBER_UNIT = re.compile(
    r"(?<![\d:.])(\d+(?:\.\d+)?)(km|kms|k|m|mi|miles?|min|h|hrs?|days?|weeks?|wks?)\b"
)
_WITH_DIGITS: Mapping[str, str] = {
    "b4": "before", "2day": "today", "2moro": "tomorrow", "2morrow": "tomorrow",
    "2mrw": "tomorrow", "2nite": "tonight", "2night": "tonight", "gr8": "great",
}  # fmt: skip
"""Short forms in which a digit is read for its sound."""
_SOUNDED = re.compile(rf"\b(?:{'|'.join(_WITH_DIGITS)})\b")
_MONTH_TO_MONTH = re.compile(rf"\b({_MONTH})\s?[-\u2013]\s?({_MONTH})\b")
_HALF_DOZEN = re.compile(r"\bhalf[- ](?:a[- ])?dozen\b")
_VO2 = re.compile(r"\bvo 2\b")
_CLITICS = re.compile(r"\b(what|how|when|where|who|that|it|there|here)'?s\b")
_OF_A_SPAN = re.compile(
    r"\b(?<!the )(?<!these )(?<!over )(this|last|next|coming|previous) (week|month|year)s\b"
    r"(?= [a-z])(?! (?:ago|of|and|in|on|or|i|we|have)\b)"
)
"""Next weeks plan, as it is typed for next week's."""
_POSSESSIVE = re.compile(r"(?<=[a-z])'s?\b|(?<=[a-z])`s\b")


@lru_cache(maxsize=256)
def tidy(text: str) -> str:
    """The words in lower case with single spaces; numbers in digits, typing errors mended."""
    plain = unicodedata.normalize("NFKC", text[:LENGTH_MAX]).lower().replace("\u2019", "'")
    plain = _CLITICS.sub(r"\1 is", plain)
    for short, whole in (("'ll", " will"), ("'d", " would"), ("'ve", " have"), ("'re", " are")):
        plain = re.sub(rf"{short}\b", whole, plain)
    plain = _POSSESSIVE.sub("", plain.replace("n't", " not").replace("i'm", "i am"))
    plain = plain.replace("per-", "per ")
    plain = _SOUNDED.sub(lambda match: _WITH_DIGITS[match.group()], plain)
    plain = _MONTH_TO_MONTH.sub(r"\1 to \2", plain)
    plain = _NUMBER_UNIT.sub(r"\1 \2", plain)
    plain = _HALF_DOZEN.sub("6", plain)
    plain = _OF_A_SPAN.sub(r"\1 \2", plain)
    words = [_mended(SHORT_FORMS.get(word, word)) for word in _tokens(plain)]
    return _VO2.sub("vo2", " ".join(as_digits(" ".join(words)).split()))


def _tokens(text: str) -> Iterable[str]:
    return (match.group() for match in _TOKEN.finditer(text))


def _mended(word: str) -> str:
    """The special word that was meant, where this is no word at all but near to one."""
    if " " in word or not word.isalpha() or len(word) < MENDED_LENGTH_MIN:
        return word
    if word in ORDINARY_WORDS or word in TELLING_WORDS:
        return word
    allowed = 1 if len(word) < LONG_LENGTH_MIN else 2
    near = process.extractOne(
        word, _NEAR_WORDS, scorer=OSA.distance, score_cutoff=allowed, processor=None
    )
    if near is None or (near[0][0] != word[0] and near[1] > 1):
        return word
    return str(near[0])


_NEAR_WORDS = sorted(word for word in TELLING_WORDS if len(word) >= MENDED_LENGTH_MIN)
