"""What is true of the demo athlete, by SQL over the tables and by what the demo was made from."""

from __future__ import annotations

from collections.abc import Mapping

import truths_of_days
import truths_of_form
import truths_of_plans
import truths_of_runs
from truth_record import Find, Record, Spec
from truth_told import TODAY, Truth

__all__ = ["TODAY", "Truths"]


class Truths(Record):
    """Finds the truth of a question by its kind and what it is about."""

    def of(self, kind: str, spec: Spec) -> Truth:
        """The truth that an answer to a question must say."""
        return _TRUTHS[kind](self, spec)


def _talk(pattern: str) -> Find:
    def truth(record: Record, spec: Spec) -> Truth:
        del record, spec
        return Truth(patterns=(pattern, r"^[^\d]*$"))

    return truth


_TRUTHS: Mapping[str, Find] = {
    **truths_of_runs.TRUTHS,
    **truths_of_form.TRUTHS,
    **truths_of_plans.TRUTHS,
    **truths_of_days.TRUTHS,
    "help": _talk("ask me"),
    "greeting": _talk("hello"),
    "thanks": _talk("welcome"),
    "others": _talk("only your own|nobody else"),
    "off_topic": _talk("only your own|not something"),
    "forecast": _talk("weather|only your own"),
    "change": _talk("do not change|calendar"),
}
