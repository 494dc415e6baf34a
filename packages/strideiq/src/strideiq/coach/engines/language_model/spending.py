"""What a question may use of a model before it is asked, and what it has used afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from strideiq.coach.engines.language_model.configuration import Limits

LEAST_TOKENS = 1000
"""With less a question could not even be sent with what belongs to it."""


def utc_today() -> date:
    """The day by which what is used is counted."""
    return datetime.now(UTC).date()


@dataclass
class Used:
    """Tokens of one run; about, where the server does not say."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Allowance:
    """What one run may use at most, held for it until it has ended."""

    tokens: int
    day: date
    """The day on which it counts."""
    usd: Decimal = Decimal(0)

    def within(self, limits: Limits) -> Limits:
        """The limits of a run that has no more than this."""
        return replace(limits, tokens_per_turn=self.tokens)


class Spending(Protocol):
    """Counts what is used; asked before each run."""

    def hold(self, athlete_id: UUID) -> Allowance:
        """What a run may use.

        Raises:
            EngineError: nothing more may be asked of the model today, or this month.
        """
        ...

    def settle(self, athlete_id: UUID, allowance: Allowance, used: Used) -> None:
        """Count what was used, and give back the rest."""
        ...


@dataclass(frozen=True)
class Unlimited:
    """Counts nothing and refuses nothing."""

    limits: Limits

    def hold(self, athlete_id: UUID) -> Allowance:
        """Each run may use what a turn may."""
        del athlete_id
        return Allowance(self.limits.tokens_per_turn, utc_today())

    def settle(self, athlete_id: UUID, allowance: Allowance, used: Used) -> None:
        """Nothing is kept."""
