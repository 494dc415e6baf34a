"""What questions have used of a language model: kept in the database, so that limits hold.

One athlete's limits are judged one question at a time, by whichever process: what a question may
use is held in the same transaction that found it free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from strideiq.coach.engines.door import EngineError
from strideiq.coach.engines.language_model import failures
from strideiq.coach.engines.language_model.configuration import Limits
from strideiq.coach.engines.language_model.spending import (
    LEAST_TOKENS,
    Allowance,
    Used,
    utc_today,
)
from strideiq.coach.models import CoachSpending
from strideiq.platform.logs import Log

log = Log()


@dataclass(frozen=True)
class Spent:
    """What an athlete's questions have used, with what is held for those that are being answered.

    Tokens are of the day, dollars of the month.
    """

    tokens: int
    held_tokens: int
    cost_usd: Decimal
    held_usd: Decimal

    def left_tokens(self, limits: Limits) -> int:
        """How many tokens a question may use now, by every limit."""
        left = min(limits.tokens_per_turn, limits.tokens_per_day - self.tokens - self.held_tokens)
        dearest_usd = max(limits.input_price_usd, limits.output_price_usd)
        if limits.cost_per_month_usd is not None and dearest_usd:
            free_usd = limits.cost_per_month_usd - self.cost_usd - self.held_usd
            left = min(left, int(free_usd * 1_000_000 / dearest_usd))
        return max(left, 0)

    def refusal(self, limits: Limits) -> str:
        """Why nothing more may be asked; empty where something may."""
        if limits.tokens_per_day - self.tokens - self.held_tokens < LEAST_TOKENS:
            return failures.DAY_USED_UP
        return failures.MONTH_USED_UP if self.left_tokens(limits) < LEAST_TOKENS else ""


def spent(session: Session, athlete_id: UUID, day: date) -> Spent:
    """What was used on a day, and in its month until then; at most 31 rows are read."""
    of_day = CoachSpending.day == day
    tokens, held_tokens, cost_usd, held_usd = session.execute(
        select(
            func.sum(CoachSpending.input_tokens + CoachSpending.output_tokens).filter(of_day),
            func.sum(CoachSpending.held_tokens).filter(of_day),
            func.sum(CoachSpending.cost_usd),
            func.sum(CoachSpending.held_usd),
        ).where(
            CoachSpending.athlete_id == athlete_id,
            CoachSpending.day.between(day.replace(day=1), last_of_month(day)),
        )
    ).one()
    return Spent(
        int(tokens or 0), int(held_tokens or 0), cost_usd or Decimal(0), held_usd or Decimal(0)
    )


def last_of_month(day: date) -> date:
    """The last day of the month of a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Budget:
    """The limits of every athlete of this server, as the database has what was used."""

    sessions: sessionmaker[Session]
    limits: Limits
    today: Callable[[], date] = utc_today

    def hold(self, athlete_id: UUID) -> Allowance:
        """Hold what a question may use, before it is asked.

        Raises:
            EngineError: what may be used today, or this month, is used or held.
        """
        day = self.today()
        with self.sessions.begin() as session:
            session.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))"),
                {"whose": f"coach spending {athlete_id}"},
            )
            found = spent(session, athlete_id, day)
            refusal = found.refusal(self.limits)
            if refusal:
                raise EngineError(refusal)
            tokens = found.left_tokens(self.limits)
            dearest_usd = max(self.limits.input_price_usd, self.limits.output_price_usd)
            allowance = Allowance(tokens, day, tokens * dearest_usd / 1_000_000)
            self._add(session, athlete_id, allowance)
        return allowance

    def settle(self, athlete_id: UUID, allowance: Allowance, used: Used) -> None:
        """Count what was used on the day that it was held for, and give back the rest.

        Where the database does not take it, it stays held: that counts too much, never too little.
        """
        try:
            with self.sessions.begin() as session:
                self._add(session, athlete_id, allowance, used)
        except SQLAlchemyError as error:
            log.warning("what a model used cannot be counted", error=type(error).__name__)

    def _add(
        self, session: Session, athlete_id: UUID, allowance: Allowance, used: Used | None = None
    ) -> None:
        """Add to a day: what is held, or what was used in its place."""
        sign = -1 if used else 1
        added = {
            "input_tokens": used.input_tokens if used else 0,
            "output_tokens": used.output_tokens if used else 0,
            "held_tokens": sign * allowance.tokens,
            "cost_usd": self.limits.cost_usd(used.input_tokens, used.output_tokens) if used else 0,
            "held_usd": sign * allowance.usd,
        }
        values = insert(CoachSpending).values(athlete_id=athlete_id, day=allowance.day, **added)
        session.execute(
            values.on_conflict_do_update(
                index_elements=["athlete_id", "day"],
                set_={
                    name: getattr(CoachSpending, name) + getattr(values.excluded, name)
                    for name in added
                },
            )
        )
