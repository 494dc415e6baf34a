"""Which engines answer, in the order in which they are tried."""

from __future__ import annotations

from strideiq.coach.engines.builtin.engine import BuiltinEngine
from strideiq.coach.engines.door import Engine
from strideiq.coach.engines.language_model.configuration import configuration_of
from strideiq.coach.engines.language_model.engine import LanguageModelEngine
from strideiq.coach.engines.language_model.spending import Spending
from strideiq.platform.settings import Settings


def engines_of(settings: Settings, spending: Spending | None = None) -> tuple[Engine, ...]:
    """The model that the settings choose, if any, and the built-in engine behind it.

    Raises:
        SettingsError: the settings of the model cannot be used.
    """
    configuration = configuration_of(settings)
    if configuration is None:
        return (BuiltinEngine(),)
    return LanguageModelEngine(configuration, spending), BuiltinEngine()
