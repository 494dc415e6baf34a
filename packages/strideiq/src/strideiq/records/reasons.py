"""Why an effort does not count: stored as an English sentence, shown in the language of who reads.

A stored sentence is known again by its pattern, so that those of long ago are translated as well.
"""

from __future__ import annotations

import re
from functools import cache

from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked

JUMP = marked("The distance jumps %(at)s into the run: %(length)s m in %(seconds)s s.")
TOO_FAST = marked(
    "%(distance)s in %(seconds)s s is faster than anybody has run; it was not on foot, or the"
    " distance is wrong."
)
TOO_FAR = marked(
    "%(length)s m in %(duration)s is farther than anybody has run; it was not on foot, or the"
    " distance is wrong."
)
SAID_NOT_TO_COUNT = marked("You said that it does not count.")
SENTENCES = (JUMP, TOO_FAST, TOO_FAR, SAID_NOT_TO_COUNT)


def said(reason: str | None) -> str:
    """A stored reason in the language in use; one that is not known, as it is stored."""
    for sentence in SENTENCES:
        if reason and (found := _pattern(sentence).fullmatch(reason)):
            values = {name: _(value) for name, value in found.groupdict().items()}
            return _(sentence) % values if values else _(sentence)
    return reason or ""


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", sentence)
    return re.compile(
        "".join(
            f"(?P<{part}>.+?)" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
    )
