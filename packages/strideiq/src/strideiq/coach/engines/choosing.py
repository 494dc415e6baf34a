"""Which engines answer, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable

from strideiq.coach.engines.builtin.engine import BuiltinEngine
from strideiq.coach.engines.door import Engine
from strideiq.coach.engines.language_model.configuration import Configuration, Limits
from strideiq.coach.engines.language_model.engine import LanguageModelEngine
from strideiq.coach.engines.language_model.spending import Spending


def engines_of(
    configuration: Configuration | None, spending: Callable[[Limits], Spending]
) -> tuple[Engine, ...]:
    """The model of a configuration, if any, and the built-in engine behind it.

    ``spending`` counts what the model uses, and holds it to its limits.
    """
    if configuration is None:
        return (BuiltinEngine(),)
    counted = spending(configuration.limits)
    return LanguageModelEngine(configuration, counted), BuiltinEngine()
