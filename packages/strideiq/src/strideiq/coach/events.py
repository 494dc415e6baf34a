"""What happens in a turn, in the order in which the page hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.tools.tool import Step


@dataclass(frozen=True)
class Citation:
    """What a sentence rests on, as a link to the row."""

    evidence_id: str
    subject: Subject
    said: str
    """The value as people read it, with its unit."""
    formula_version: int | None = None


@dataclass(frozen=True)
class Looked:
    """A tool was run."""

    step: Step


@dataclass(frozen=True)
class Said:
    """A sentence that is shown."""

    sentence: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """A sentence that was not shown, since the evidence of its turn does not say it."""

    sentence: str
    why: str


@dataclass(frozen=True)
class Fallen:
    """The engine could not go on, and the built-in one answers instead."""

    engine: str
    reason: str


@dataclass(frozen=True)
class Ended:
    """The turn is over, and kept."""

    engine: str
    stopped: bool = False
    """Whether the athlete stopped it."""
    failed: bool = False
    """Whether no engine could answer to the end."""


Event = Looked | Said | Withheld | Fallen | Ended
