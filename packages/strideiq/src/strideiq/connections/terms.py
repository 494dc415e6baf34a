"""What the terms of a source allow, column by column.

Terms are data: which columns of a source may be kept, combined, analysed, given to the coach, or
shown to others. ``split`` is where they act: what may not be kept goes on loan with an end (see
``activities/loans.py``), and nothing but the pages of its athlete reads loans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

ANY = "*"


@dataclass(frozen=True)
class Use:
    """What may be done with a column of a source."""

    coach: bool = True
    """A language model, or anything that answers questions, may see it."""
    analytics: bool = True
    """It may enter records, fitness, totals and comparisons, beside other sources."""
    others: bool = True
    """Somebody other than its athlete may see it."""
    keep: timedelta | None = None
    """How long it may be stored since it was last fetched; None for ever."""

    @property
    def free(self) -> bool:
        """Whether it may be stored and used like the athlete's own data."""
        return self.coach and self.analytics and self.others and self.keep is None


FREE = Use()


@dataclass(frozen=True)
class Terms:
    """What a source's terms say, by column; ``*`` stands for every column that is not named."""

    source: str
    """The kind of source that the data is tagged with."""
    columns: Mapping[str, Use] = field(default_factory=lambda: {ANY: FREE})
    reviewed: date | None = None
    """When somebody last compared this with what the service publishes."""
    address: str = ""
    """Where they stand."""

    def use(self, column: str) -> Use:
        """What may be done with a column."""
        return self.columns.get(column, self.columns[ANY])

    @property
    def keep(self) -> timedelta | None:
        """The shortest time for which a column may be stored; None when all may be for ever."""
        limits = [use.keep for use in self.columns.values() if use.keep is not None]
        return min(limits, default=None)

    @property
    def free(self) -> bool:
        """Whether every column may be used like the athlete's own data."""
        return all(use.free for use in self.columns.values())

    def split(self, values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
        """The values that may be kept and used freely, and those that may only be lent."""
        free = {name: value for name, value in values.items() if self.use(name).free}
        return free, {name: value for name, value in values.items() if name not in free}


STRAVA = Terms(
    "strava_api",
    {
        # What identifies an activity at Strava is no content of it, and is needed to follow a
        # deletion; all else that the API gives is lent.
        "upstream_id": FREE,
        ANY: Use(coach=False, analytics=False, others=False, keep=timedelta(days=7)),
    },
    address="https://www.strava.com/legal/api",
)
"""Strava's API agreement of November 2024, as tightened in 2026: no use by artificial
intelligence, no analysis beside other data, shown to the athlete alone, kept seven days."""
