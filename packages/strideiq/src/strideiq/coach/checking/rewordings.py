"""Other words for what the grammar knows, put in their place at the same length."""

from __future__ import annotations

import re

_ASIDE = re.compile(
    r",\s(?:on the other hand|(?:by|in) (?:contrast|comparison)|meanwhile|however|though|too|"
    r"in turn|for (?:its|their) part|as it happens|of course|incidentally|interestingly|"
    r"encouragingly|in fact),",
    re.IGNORECASE,
)
"""What joins a sentence to the last one, and says nothing."""
_ON_THE_HEART = re.compile(
    r"\b(?:harder|tougher)(?P<two>\sof the\s+(?:two|2))?(?P<heart>\s(?:on|for) (?:your|the) "
    r"heart)\b",
    re.IGNORECASE,
)


def reworded(text: str) -> str:
    """A text whose asides are gone and whose hard work of the heart is a heart rate."""
    text = _ASIDE.sub(lambda match: " " * len(match.group()), text)
    return _ON_THE_HEART.sub(
        lambda match: (
            f"higher{match['two'] or ''} heart rate".ljust(len(match.group()))
            if len(f"higher{match['two'] or ''} heart rate") <= len(match.group())
            else match.group()
        ),
        text,
    )
