"""Days in the language in use: names of days and months, and the order they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from strideiq.platform import language
from strideiq.platform.language import marked

FORMS = (
    marked("%a %-d %b %Y"),
    marked("%a %-d %b"),
    marked("%A %-d %B %Y"),
    marked("%a %-d"),
    marked("%-d %b %Y"),
    marked("%-d %B %Y"),
    marked("%-d %b"),
    marked("%B %Y"),
    marked("%b %Y"),
)
"""Forms of more than one part, whose order and points a language may want otherwise."""

_PART = re.compile(r"%(-d|[aAbBY])")
_ALONE: Final = "stand-alone"  # “Nov” rather than “Nov.”: the point is the form's


def dated(day: date, form: str) -> str:
    """A day in a form of strftime, made of ``%a``, ``%A``, ``%-d``, ``%b``, ``%B`` and ``%Y``."""
    return _PART.sub(lambda part: _part(day, part[1]), language.gettext(form))


def _part(day: date, part: str) -> str:
    if part == "-d":
        return str(day.day)
    if part == "Y" or language.current() == language.SOURCE:
        return f"{day:%{part}}"
    # babel costs a tenth of a second, which no page in English should pay.
    from babel.dates import get_day_names, get_month_names  # noqa: PLC0415

    names: Mapping[int, str] = (
        get_day_names("wide" if part == "A" else "abbreviated", _ALONE, language.current())
        if part in "aA"
        else get_month_names("wide" if part == "B" else "abbreviated", _ALONE, language.current())
    )
    return names[day.weekday() if part in "aA" else day.month]
