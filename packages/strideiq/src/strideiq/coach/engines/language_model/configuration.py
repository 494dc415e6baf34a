"""Which language model answers, within which limits, and what it may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from pydantic import SecretStr

Kind = Literal["local", "provider"]
Leaving = Literal["names", "notes", "facts", "earlier", "check_ins", "nutrition", "weight"]
"""What may be told to a model beside the figures of training."""
EVERYTHING: frozenset[Leaving] = frozenset(get_args(Leaving))
TO_A_PROVIDER: frozenset[Leaving] = frozenset({"names", "facts", "earlier"})
"""What a provider is told unless the settings say otherwise: nothing about the body."""

OF_TOOLS: dict[str, Leaving] = {
    "check_ins": "check_ins",
    "mornings": "check_ins",
    "wellness": "check_ins",
    "sleep": "check_ins",
    "relations": "check_ins",
    "nutrition": "nutrition",
    "food": "nutrition",
    "weight": "weight",
}
"""What tools tell, by a word of their names; a tool without one tells of training."""


@dataclass(frozen=True)
class Limits:
    """What a turn, a day and a month may cost at most."""

    tokens_per_turn: int = 40_000
    tokens_per_day: int = 400_000
    """Per athlete."""
    cost_per_month_usd: Decimal | None = None
    """Per athlete; None sets no limit. It needs both prices."""
    input_price_usd: Decimal = Decimal(0)
    """Per million tokens that are sent."""
    output_price_usd: Decimal = Decimal(0)
    """Per million tokens that come back."""
    requests_per_turn: int = 10
    request_s: float = 45.0
    """How long one request may take."""
    turn_s: float = 110.0
    """How long a whole turn may take."""
    retries: int = 2
    """How often a request is sent again after 429 or 5xx, after waiting longer each time."""

    def cost_usd(self, input_tokens: int, output_tokens: int) -> Decimal:
        """What so many tokens cost at the prices that were set."""
        return (
            input_tokens * self.input_price_usd + output_tokens * self.output_price_usd
        ) / 1_000_000


@dataclass(frozen=True)
class Configuration:
    """A language model as the settings describe it."""

    kind: Kind
    model: str
    """Of a local server the model's own name; of a provider ``provider:model``."""
    base_url: str = ""
    """Of a local server, up to ``/v1``."""
    key: SecretStr = field(default_factory=lambda: SecretStr(""))
    leaving: frozenset[Leaving] = TO_A_PROVIDER
    limits: Limits = field(default_factory=Limits)

    def offers(self, tool: str) -> bool:
        """Whether a tool may be offered: what it tells may leave."""
        kinds = {kind for word, kind in OF_TOOLS.items() if word in tool}
        return kinds <= self.leaving
