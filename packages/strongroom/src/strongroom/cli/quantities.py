"""Amounts as people read them: sizes, durations, ages, counts."""

from __future__ import annotations

from datetime import datetime

_SIZES = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def size_text(size_bytes: float) -> str:
    """A size in decimal units: ``1.5 GB``."""
    for unit in _SIZES[:-1]:
        if abs(size_bytes) < _STEP:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= _STEP
    return f"{size_bytes:.1f} {_SIZES[-1]}"


def duration_text(duration_s: float) -> str:
    """A duration with the two units that matter: ``0.4 s``, ``3 min 5 s``, ``2 h 10 min``."""
    if duration_s < _MINUTE_S:
        return f"{duration_s:.1f} s"
    whole = round(duration_s)
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    if whole < 2 * _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def expected_text(duration_s: float | None) -> str:
    """How long something will take, as far as drills have told."""
    if duration_s is None:
        return "how long, no drill has told yet"
    return f"about {duration_text(duration_s)}, by the last drill"


def age_text(moment: datetime, now: datetime) -> str:
    """How long ago something was: ``6 h 2 min ago``."""
    return f"{duration_text(max(0.0, (now - moment).total_seconds()))} ago"


def moment_text(moment: datetime) -> str:
    """A moment on the clock of this machine: ``Sun 22 Nov 2026, 21:21``."""
    local = moment.astimezone()
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def plural(count: int, noun: str) -> str:
    """A count with its noun: ``1 table``, ``1,204 tables``."""
    return f"{count_text(count)} {noun}{'' if count == 1 else 's'}"


def count_text(count: int) -> str:
    """A count with its thousands apart: ``1,204``."""
    return f"{count:,}"


def amount_text(amount: int, unit: str) -> str:
    """An amount in the unit that the work reports: bytes become a size."""
    return size_text(amount) if unit == "bytes" else f"{count_text(amount)} {unit}"
