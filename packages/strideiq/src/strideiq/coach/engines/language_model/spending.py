"""What an athlete's questions have used of a model, and whether there is anything left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


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
