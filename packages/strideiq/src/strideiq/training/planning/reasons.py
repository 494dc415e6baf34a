"""Why something is as it is: a code with its figures, which ``words.py`` says in a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = str | int | float
"""A figure's name ends in its unit: ``_m``, ``_s``, ``_day`` (ISO date); others have none."""


@dataclass(frozen=True)
class Reason:
    """A sentence that can be said in any language and in any units."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def as_document(self) -> dict[str, object]:
        """The reason as it is stored."""
        return {"code": self.code, "values": dict(self.values)}


class PlanningError(ValueError):
    """A goal for which there is no plan; ``reason`` says why, ``remedy`` what would do."""

    def __init__(self, reason: Reason, remedy: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.remedy = remedy
