"""A tool: typed arguments in, bounded evidence out, of the athlete that it was bound to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session

from strideiq.coach.checking.evidence import Evidence, Fact, Figure, RowSet, Subject, Trend
from strideiq.platform.language import SOURCE, speaking

ROWS_MAX = 60
"""The most rows that one call gives."""
DAYS_MAX = 800
"""The longest span of days that one call looks at."""
CALLS_MAX = 12
"""How often the tools of one turn may be called."""


class Arguments(BaseModel):
    """What a tool may be asked; unknown fields are refused. No tool takes an athlete."""

    model_config = ConfigDict(extra="forbid", frozen=True)


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True)
class Scope:
    """Whose rows are read, on what day; bound by the signed-in session and by nothing else."""

    session: Session
    athlete_id: UUID
    today: date
    """The athlete's own day."""


@dataclass(frozen=True)
class Found:
    """What one call gave."""

    figures: tuple[Figure, ...] = ()
    trends: tuple[Trend, ...] = ()
    subjects: tuple[Subject, ...] = ()
    rows: tuple[Mapping[str, object], ...] = ()
    """The same as a table for people and models: plain values with units in the names."""
    missing: str = ""
    """Where there was too little: what is missing, as a sentence to the athlete."""
    cut_off: bool = False
    """Whether there was more than the bounds allow."""
    sets: tuple[RowSet, ...] = ()
    """Rows of which is known whether they are all."""
    notes: tuple[tuple[Subject, str], ...] = ()
    """The athlete's own words at rows."""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Tool(Generic[A]):
    """A question that the athlete's record answers."""

    name: str
    """Lower case with underscores, as models call it."""
    summary: str
    """One sentence: what it gives."""
    arguments: type[A]
    run: Callable[[Scope, A], Found]


class ToolRefusedError(Exception):
    """A call that cannot be run: an unknown tool, wrong arguments, too many calls."""


@dataclass(frozen=True)
class Step:
    """One call of a turn, as the page shows it."""

    tool: str
    arguments: Mapping[str, object]
    found: Found


@dataclass
class Toolbox:
    """The tools of one turn, bound to one athlete; keeps what they found."""

    scope: Scope
    tools: Mapping[str, Tool[Any]]
    steps: list[Step] = field(default_factory=list)
    on_step: Callable[[Step], None] | None = None
    """Told of each call as soon as it has run."""

    def call(self, name: str, arguments: Mapping[str, object] | None = None) -> Found:
        """Run one tool.

        Raises:
            ToolRefusedError: no such tool, arguments that it does not take, or too many calls.
        """
        if len(self.steps) >= CALLS_MAX:
            raise ToolRefusedError(f"a turn has at most {CALLS_MAX} calls")
        tool = self.tools.get(name)
        if tool is None:
            raise ToolRefusedError(f"there is no tool {name!r}")
        try:
            given = tool.arguments.model_validate(dict(arguments or {}))
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ToolRefusedError(f"{name}: {place}: {first['msg']}") from None
        with speaking(SOURCE):  # answers are English, whatever language the pages are in
            found = tool.run(self.scope, given)
        step = Step(name, given.model_dump(mode="json"), found)
        self.steps.append(step)
        if self.on_step is not None:
            self.on_step(step)
        return step.found

    @property
    def evidence(self) -> Evidence:
        """All that this turn may say."""
        return evidence_of([step.found for step in self.steps])


def evidence_of(found: Sequence[Found]) -> Evidence:
    """Everything that several calls gave, as one."""
    return Evidence(
        tuple(one for each in found for one in each.figures),
        tuple(one for each in found for one in each.trends),
        tuple(one for each in found for one in each.subjects),
        tuple(one for each in found for one in each.sets),
        tuple(one for each in found for one in each.notes),
        tuple(one for each in found for one in each.facts),
    )
