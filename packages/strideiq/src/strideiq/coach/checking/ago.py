"""The days that are some days, weeks or months ago, by the last place that is told."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil, floor

AGO_MAX = 1000
DAYS_A_MONTH = 365.25 / 12
ROUNDED_MIN = 4
"""From how many weeks or months on one tells them rounded, without a word that says so."""


def days_ago(number: int, unit: str, hedge: str, today: date) -> list[date]:
    """The days that are "five months ago", "almost eight weeks ago": by the last place told."""
    if not 0 < number < AGO_MAX:
        return []
    length = {"day": 1.0, "week": 7.0, "month": DAYS_A_MONTH, "year": 12 * DAYS_A_MONTH}[unit]
    low, high = _between(number, hedge.lower(), exact=unit == "day" or number == 1)
    first, last = ceil(low * length - 1e-9), floor(high * length + 1e-9)
    return [today - timedelta(days=back) for back in range(first, last + 1)]


def _between(number: int, hedge: str, *, exact: bool) -> tuple[float, float]:
    """Between how many of a unit a number of them lies, by the word before it."""
    if hedge.endswith(("over", "more than")):
        return number + 0.01, number + 0.99
    if hedge.endswith(("under", "less than")) or hedge in {"almost", "nearly", "not quite"}:
        return number - 0.5, number - 0.01
    if exact or hedge == "exactly" or not (hedge or number >= ROUNDED_MIN):
        return number, number
    return number - 0.5, number + 0.5
