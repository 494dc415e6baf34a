"""Workouts as runners write them: ``2 km easy; 5 x 1 km threshold, 2:00 easy; 2 km easy``.

Parts are divided by semicolons or lines, the steps of a repeat by commas. Pure: the words of the
paces are given, so that each language has its own; those of English are always understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from strideiq.training.planning.structure import (
    REPEATS_MAX,
    TARGETS,
    Part,
    Repeat,
    Role,
    Step,
    Structure,
    StructureError,
    as_document,
    from_document,
)

PARTS = re.compile(r"[;\n]+")
STEPS = re.compile(r",\s+|\s\+\s|\s/\s")
REPEATED = re.compile(r"(\d+)\s*[x*\N{MULTIPLICATION SIGN}]\s*(.+)", re.IGNORECASE | re.DOTALL)
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{2})(?:\s*(?:h|min))?\b")
LENGTH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(km|mi|miles?|min|sec|s|m|h)\b", re.IGNORECASE)
UNITS_M = {"km": 1000.0, "m": 1.0, "mi": 1609.344, "mile": 1609.344, "miles": 1609.344}
UNITS_S = {"min": 60.0, "s": 1.0, "sec": 1.0, "h": 3600.0}
ALSO = {
    "jog": "easy", "warm up": "easy", "cool down": "easy", "rest": "easy",
    "marathon pace": "marathon", "race pace": "race", "tempo": "threshold",
    "intervals": "interval", "repetitions": "repetition",
}  # fmt: skip
"""What people also write."""

LENGTH_MAX = 2_000


class NotationError(ValueError):
    """What was written is no workout; ``text`` is the part that cannot be read."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def read(text: str, words: Mapping[str, str]) -> Structure:
    """The structure that a text describes; ``words`` are those of a language, by target.

    Raises:
        NotationError: a part of it cannot be read, or no runner could follow it.
    """
    named = {name: name for name in TARGETS} | ALSO
    named |= {word.casefold(): target for target, word in words.items()}
    parts = [_part(each, named) for each in PARTS.split(text[:LENGTH_MAX]) if each.strip()]
    try:
        return from_document(as_document(_with_roles(parts)))
    except StructureError as error:
        raise NotationError(text.strip()) from error


def write(structure: Iterable[Part], words: Mapping[str, str], unit: str, unit_m: float) -> str:
    """A structure as a text that ``read`` understands; distances in ``unit``, short ones in m."""
    return "; ".join(_written(part, words, unit, unit_m) for part in structure)


def _part(text: str, named: Mapping[str, str]) -> Part:
    repeated = REPEATED.fullmatch(text.strip())
    if repeated is None:
        return _step(text, named)
    times, inside = int(repeated[1]), repeated[2].strip().removeprefix("(").removesuffix(")")
    steps = tuple(_step(each, named) for each in STEPS.split(inside) if each.strip())
    if not 0 < times <= REPEATS_MAX:
        raise NotationError(text.strip())
    return Repeat(times, steps)


def _step(text: str, named: Mapping[str, str]) -> Step:
    text = text.strip()
    length = CLOCK.match(text) or LENGTH.match(text)
    if length is None:
        raise NotationError(text)
    word = text[length.end() :].strip(" ()@").casefold() or "easy"
    target = named.get(word)
    if target is None:
        raise NotationError(text)
    distance_m, duration_s = _measured(length)
    return Step("run", target, distance_m=distance_m, duration_s=duration_s)  # type: ignore[arg-type]


def _measured(length: re.Match[str]) -> tuple[float | None, float | None]:
    if length.re is CLOCK:
        hours, minutes, seconds = (int(part or 0) for part in length.groups())
        return None, float(3600 * hours + 60 * minutes + seconds)
    amount, unit = float(length[1].replace(",", ".")), length[2].casefold()
    if unit in UNITS_M:
        return round(amount * UNITS_M[unit], 1), None
    return None, amount * UNITS_S[unit]


def _with_roles(parts: Sequence[Part]) -> list[Part]:
    """What each step is for, as its pace and its place say."""
    fast = [number for number, part in enumerate(parts) if _is_fast(part)]
    if not fast:
        return list(parts)
    return [
        Repeat(part.times, tuple(replace(step, role=_within(step)) for step in part.steps))
        if isinstance(part, Repeat)
        else replace(part, role=_around(part, number, fast))
        for number, part in enumerate(parts)
    ]


def _is_fast(part: Part) -> bool:
    steps = part.steps if isinstance(part, Repeat) else (part,)
    return any(step.target != "easy" for step in steps)


def _within(step: Step) -> Role:
    return "recovery" if step.target == "easy" else "work"


def _around(step: Step, number: int, fast: Sequence[int]) -> Role:
    if step.target != "easy":
        return "work"
    if number < fast[0]:
        return "warm_up"
    return "cool_down" if number > fast[-1] else "recovery"


def _written(part: Part, words: Mapping[str, str], unit: str, unit_m: float) -> str:
    if isinstance(part, Step):
        return f"{_length(part, unit, unit_m)} {words[part.target]}"
    steps = ", ".join(_written(step, words, unit, unit_m) for step in part.steps)
    return f"{part.times} \N{MULTIPLICATION SIGN} {steps}"


def _length(step: Step, unit: str, unit_m: float) -> str:
    if step.distance_m is None:
        minutes, seconds = divmod(round(step.duration_s or 0), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    if step.distance_m < unit_m:
        return f"{step.distance_m:.1f}".removesuffix(".0") + " m"
    return f"{step.distance_m / unit_m:.4f}".rstrip("0").rstrip(".") + f" {unit}"
