"""What a sentence offers for the two sides of a relation, and what its sides are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strideiq.coach.checking.attribution import Subjects
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.mentions import Mention


@dataclass(frozen=True)
class Sides:
    """One reading of a relation."""

    rows: Subjects
    other_rows: Subjects
    texts: tuple[str, ...]
    """The words about what is told of, figures blacked out; the nearest ones first."""
    other_text: str
    """The words about what it is compared with; empty where they are left out."""


@dataclass(frozen=True)
class Ground:
    """What a sentence offers for the sides of its relations."""

    text: str
    """With names, days and figures blacked out."""
    words: str
    """The same with trusted names left in, such as "fitness"."""
    mentions: Sequence[Mention]
    focus: Subjects | None
    now: Subjects
    """Rows of what is going on, such as this week."""
    before: Subjects
    """Rows of what came before it."""
    current: Subjects = frozenset()
    """The row of today's form, where other days are known too."""
    pair: tuple[Subjects, Subjects] | None = None
    """The two that the last sentence put side by side: what it was told of first."""
    goes_on: Mapping[Subject, Sequence[Subject]] = field(default_factory=dict)
    """For what came before, to the same day or as a whole, what of its kind goes on."""
