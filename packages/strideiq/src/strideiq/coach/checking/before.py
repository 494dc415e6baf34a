"""What the last sentence spoke of, which the next one may leave unsaid."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.coach.checking.attribution import Subjects


@dataclass(frozen=True)
class Before:
    """What a sentence that was shown left behind for the one after it."""

    quantities: tuple[str, ...] = ()
    """What its figures and trends are of, each once, in its order."""
    pair: tuple[Subjects, Subjects] | None = None
    """The two that it put side by side: what it was told of first."""


NOTHING_BEFORE = Before()
