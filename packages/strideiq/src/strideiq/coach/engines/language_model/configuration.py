"""Which language model answers, within which limits, and what it may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from strideiq.platform.errors import SettingsError
from strideiq.platform.settings import Settings

Kind = Literal["local", "provider"]
Leaving = Literal[
    "names", "notes", "facts", "earlier", "check_ins", "nutrition", "weight", "injuries"
]
"""What may be told to a model beside the figures of training."""
EVERYTHING: frozenset[Leaving] = frozenset(get_args(Leaving))
TO_OTHERS: frozenset[Leaving] = frozenset({"names", "facts", "earlier"})
"""What other machines are told unless the settings say otherwise: nothing about the body."""

OF_TRAINING = frozenset(
    {
        *("recent_runs", "one_run", "splits", "intervals", "time_in_zones", "totals", "load"),
        *("personal_bests", "compare_periods", "efficiency", "training_paces", "gear_mileage"),
        *("race_equivalents", "plan_week", "planned_and_done", "proposals", "rest_days"),
        "run_groups",
    }
)
"""Tools that tell of training only."""
OF_THE_BODY: Mapping[str, Leaving] = {
    "check_ins": "check_ins",
    "relations": "check_ins",
    "nutrition": "nutrition",
    "weight": "weight",
    "injuries": "injuries",
    "stated_facts": "facts",
}
"""Tools that tell of the body, or of what the athlete said, and the word that lets them."""


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
    leaving: frozenset[Leaving] = TO_OTHERS
    limits: Limits = field(default_factory=Limits)

    def offers(self, tool: str) -> bool:
        """Whether a tool may be offered: what it tells may leave. An unknown one may not."""
        return tool in OF_TRAINING or OF_THE_BODY.get(tool) in self.leaving

    @property
    def stays_here(self) -> bool:
        """Whether the server is on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        here = host in {"localhost", "::1"} or host.startswith("127.")
        return self.kind == "local" and here


def configuration_of(settings: Settings) -> Configuration | None:
    """The model that the settings choose; None where no model answers.

    Raises:
        SettingsError: what may leave is named by words that are none.
    """
    if settings.coach_engine == "built-in":
        return None
    found = Configuration(
        settings.coach_engine,
        settings.coach_model,
        settings.coach_base_url,
        settings.coach_key,
        limits=Limits(
            settings.coach_tokens_per_turn,
            settings.coach_tokens_per_day,
            settings.coach_cost_per_month_usd,
            settings.coach_input_price_usd,
            settings.coach_output_price_usd,
            request_s=settings.coach_request_s,
            turn_s=settings.coach_turn_s,
        ),
    )
    usual = EVERYTHING if found.stays_here else TO_OTHERS
    return replace(found, leaving=_leaving(settings.coach_may_leave, usual))


def _leaving(words: str | None, usual: frozenset[Leaving]) -> frozenset[Leaving]:
    if words is None:
        return usual
    named = {word.strip() for word in words.split(",")} - {"", "none"}
    unknown = sorted(named - EVERYTHING)
    if unknown:
        raise SettingsError(
            f"STRIDEIQ_COACH_MAY_LEAVE names {unknown[0]!r}, which is none of "
            f"{', '.join(sorted(EVERYTHING))}.",
            next_step="name some of these, separated by commas, or none",
        )
    return frozenset(one for one in EVERYTHING if one in named)
