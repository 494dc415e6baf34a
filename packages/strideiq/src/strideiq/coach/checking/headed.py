"""Entries under a heading: "5 km: 19:38" below "Your predicted times:" is the predicted 5 km.

An entry whose label is a distance says by itself neither a best nor a prediction.
"""

from __future__ import annotations

import re

_LABEL = re.compile(
    r"(?:\d+(?:\.\d+)?\s?(?:km|m|k|miles?|mi)|(?:the\s)?(?:half\s?-?marathon|marathon|mile|"
    r"one mile|half))(?=:\s)",
    re.IGNORECASE,
)
_PREDICTED = re.compile(
    r"\b(?:predict\w+|projected|equivalents?|potential|could run|estimate[ds]?)\b", re.IGNORECASE
)
_BEST = re.compile(r"\b(?:personal bests?|pbs?|prs?|bests|best times|records)\b", re.IGNORECASE)


class Heading:
    """The heading that the entries of an answer stand under."""

    def __init__(self) -> None:
        self._kind = ""

    def told(self, text: str) -> str:
        """An entry as its heading says it; any other text as it is."""
        label = _LABEL.match(text)
        if label is None:
            self._kind = _kind(text) if text.rstrip().endswith(":") else ""
            return text
        if not self._kind:
            return text
        name = label.group().removeprefix("The ").removeprefix("the ").lower()
        said = f"Your predicted {name}" if self._kind == "predicted" else f"Your {name} best"
        return said + text[label.end() :]


def _kind(text: str) -> str:
    """Of what a heading is; nothing where it is of both or of neither."""
    predicted, best = bool(_PREDICTED.search(text)), bool(_BEST.search(text))
    if predicted == best:
        return ""
    return "predicted" if predicted else "best"
