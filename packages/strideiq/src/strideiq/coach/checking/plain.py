"""The text of a sentence as it is judged and shown: no markup, no hidden or borrowed characters.

What a reader sees and what is judged must be one text, so that nothing can be said by the way it
is written: digits of other scripts become digits, emphasis and bullets go, pictures go.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MASK = "\N{FULL BLOCK}"
"""Stands for a name or a day that has been understood."""

_FRACTIONS = {"\u00bd": ".5", "\u00bc": ".25", "\u00be": ".75"}
_FRACTION = re.compile(rf"(?P<whole>\d+)?\s?(?P<part>[{''.join(_FRACTIONS)}])")
_LINK = re.compile(
    r"\w+://|\bwww\.|\]\s?\(|\]\s?\[|\]:|!\[|\bmailto:|\bdata:|\bjavascript:|"
    r"\b[\w-]+\.(?:com|org|net|io|dev|app|co|me|info|ai|ru|cn|de|uk)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[a-z!/?]|&#?\w+;|~~", re.IGNORECASE)
_LEAD = re.compile(r"^\s*(?:(?:[-*+\u2022\u00b7>]|#{1,6}|\d{1,2}[.)](?=\s+[A-Z\"*_|\u201c]))\s+)+")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_ARROW = re.compile("[\u2190-\u21ff\u25b2-\u25c5\u27f0-\u27ff\u2900-\u297f\u2b00-\u2b4f]|->|=>|\\^")
_KEPT_SYMBOLS = "\u00b0"
_ALLOWED = re.compile(
    "[^ A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f"
    ".,;:!?'\"()/%+\\-&~<>\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u00b7\u2022"
    f"=\u00d7\u2248\u00b1\u2212\u00b0\u2264\u2265{MASK}]|=(?!\\s?[-+\u2212~]?\\d)"
)


class UnreadableError(Exception):
    """A text that may not be what it looks like; says what stands in the way."""


@lru_cache(maxsize=2048)
def plain(text: str) -> str:
    """The text without markup, in composed characters.

    Raises:
        UnreadableError: it holds a link, a tag, an arrow or characters that cannot be seen.
    """
    if _LINK.search(text):
        raise UnreadableError("it holds a link")
    if _TAG.search(text):
        raise UnreadableError("it holds markup that could hide something")
    text = _without_pictures(text)
    if _ARROW.search(text):
        raise UnreadableError("it holds an arrow")
    if any(unicodedata.category(one) in {"Cf", "Co", "Cs", "Cn", "Me"} for one in text):
        raise UnreadableError("it holds characters that cannot be seen")
    text = _FRACTION.sub(lambda match: (match["whole"] or "0") + _FRACTIONS[match["part"]], text)
    text = "".join(_ascii_digit(one) for one in unicodedata.normalize("NFKC", text))
    text = _LEAD.sub("", text.replace(MASK, " ").strip())
    if text.startswith("|"):
        text = text.strip("| ")
    text = re.sub(r"\s*\|\s*", ", ", text)
    text = _EMPHASIS.sub("", text).replace("`", '"')
    return re.sub(r"\s+", " ", text).strip()


def refuse_foreign_characters(rest: str) -> None:
    """Let only the letters and signs of English stand outside the names of rows.

    Raises:
        UnreadableError: another one stands there.
    """
    found = _ALLOWED.search(rest)
    if found:
        raise UnreadableError(f"{found.group()!r} is no sign that figures are told with")


def _without_pictures(text: str) -> str:
    """Without emoji, which say nothing that could be checked, and what joins them."""
    kept: list[str] = []
    gone = False
    for one in text:
        if _is_picture(one):
            gone = True
        elif gone and one in "\u200d\ufe0f":
            continue
        else:
            gone = False
            kept.append(one)
    return "".join(kept)


def _is_picture(one: str) -> bool:
    return (
        one not in _KEPT_SYMBOLS
        and (unicodedata.category(one) in {"So", "Sk"} or "\U0001f3fb" <= one <= "\U0001f3ff")
        and unicodedata.numeric(one, None) is None
        and not _ARROW.match(one)
        and unicodedata.decomposition(one) == ""
        and ord(one) > 0xFF  # noqa: PLR2004  the letters and signs of Western keyboards end there
    )


def _ascii_digit(one: str) -> str:
    return str(unicodedata.digit(one)) if unicodedata.category(one) == "Nd" else one
