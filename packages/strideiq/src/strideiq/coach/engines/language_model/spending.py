"""What an athlete's questions have used of a model, and whether there is anything left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from strideiq.coach.engines.language_model import failures
from strideiq.coach.engines.language_model.configuration import Limits


def utc_today() -> date:
    """The day by which what is used is counted."""
    return datetime.now(UTC).date()


@dataclass
class Used:
    """Tokens of one run; about, where the server does not say."""

    input_tokens: int = 0
    output_tokens: int = 0


class Spending(Protocol):
    """Counts what is used; asked before each request."""

    def refusal(self, athlete_id: UUID) -> str:
        """Why nothing more may be asked of the model; empty where something may."""
        ...

    def spend(self, athlete_id: UUID, used: Used) -> None:
        """Keep what was used."""
        ...


class Unlimited:
    """Counts nothing and refuses nothing."""

    def refusal(self, athlete_id: UUID) -> str:
        """Nothing is ever refused."""
        del athlete_id
        return ""

    def spend(self, athlete_id: UUID, used: Used) -> None:
        """Nothing is kept."""


class Counted:
    """Counts in this process what each athlete's questions use on a day and in a month.

    It begins anew when the program does: it bounds what a mistake can cost, and is no bill.
    """

    def __init__(self, limits: Limits, today: Callable[[], date] = utc_today) -> None:
        self._limits = limits
        self._today = today
        self._tokens: dict[tuple[UUID, date], int] = {}
        self._cost_usd: dict[tuple[UUID, date], Decimal] = {}
        self._lock = threading.Lock()

    def refusal(self, athlete_id: UUID) -> str:
        """Why nothing more may be asked today, or this month; empty where something may."""
        day = self._today()
        with self._lock:
            tokens = self._tokens.get((athlete_id, day), 0)
            cost_usd = self._cost_usd.get((athlete_id, day.replace(day=1)), Decimal(0))
        if tokens >= self._limits.tokens_per_day:
            return failures.DAY_USED_UP
        most = self._limits.cost_per_month_usd
        return failures.MONTH_USED_UP if most is not None and cost_usd >= most else ""

    def spend(self, athlete_id: UUID, used: Used) -> None:
        """Keep what was used; what is older than this month is forgotten."""
        day = self._today()
        month = day.replace(day=1)
        cost_usd = self._limits.cost_usd(used.input_tokens, used.output_tokens)
        with self._lock:
            self._tokens = {key: one for key, one in self._tokens.items() if key[1] == day}
            self._cost_usd = {key: one for key, one in self._cost_usd.items() if key[1] == month}
            tokens = used.input_tokens + used.output_tokens
            self._tokens[athlete_id, day] = self._tokens.get((athlete_id, day), 0) + tokens
            before = self._cost_usd.get((athlete_id, month), Decimal(0))
            self._cost_usd[athlete_id, month] = before + cost_usd
