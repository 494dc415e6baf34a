"""What the last sentence spoke of, which the next one may leave unsaid."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.coach.checking.ground import Sides


@dataclass(frozen=True)
class Before:
    """What a sentence left behind for the one after it."""

    quantities: tuple[str, ...] = ()
    """What its figures and trends are of, each once, in its order."""
    sides: Sides | None = None
    """The two rows that it put side by side."""


NOTHING_BEFORE = Before()
