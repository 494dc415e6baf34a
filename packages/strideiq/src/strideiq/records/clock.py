"""A race's time as people type it."""

from __future__ import annotations

import re

from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d(?:[.,]\d+)?)")
SIXTY = 60


def read_clock_s(text: str) -> float:
    """Seconds from ``20:00``, ``19:57.4`` or ``1:31:35``.

    Raises:
        InvalidInputError: the text is none of these.
    """
    match = CLOCK.fullmatch(text.strip())
    if match is None or (match[1] is not None and int(match[2]) >= SIXTY):
        raise InvalidInputError(
            _("“%(text)s” is not a time.") % {"text": text},
            next_step=_("write it as 20:00, 19:57.4 or 1:31:35"),
        )
    return (int(match[1] or 0) * 60 + int(match[2])) * 60 + float(match[3].replace(",", "."))
