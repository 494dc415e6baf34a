"""Which engines answer, in the order in which they are tried."""

from __future__ import annotations

from functools import lru_cache

from strideiq.coach.engines.builtin.engine import BuiltinEngine
from strideiq.coach.engines.door import Engine
from strideiq.coach.engines.language_model.configuration import Limits, configuration_of
from strideiq.coach.engines.language_model.engine import LanguageModelEngine
from strideiq.coach.engines.language_model.spending import Counted
from strideiq.platform.settings import Settings


@lru_cache(maxsize=8)
def _counted(limits: Limits) -> Counted:
    """One count for all turns of this process."""
    return Counted(limits)


def engines_of(settings: Settings) -> tuple[Engine, ...]:
    """The model that the settings choose, if any, and the built-in engine behind it.

    Raises:
        SettingsError: the settings of the model cannot be used.
    """
    configuration = configuration_of(settings)
    if configuration is None:
        return (BuiltinEngine(),)
    return LanguageModelEngine(configuration, _counted(configuration.limits)), BuiltinEngine()
