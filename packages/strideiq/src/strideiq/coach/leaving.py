"""What of an athlete's record leaves this machine when the coach is asked, in words for pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strideiq.platform.language import marked
from strideiq.platform.settings import Settings

KINDS: Mapping[str, str] = {
    "names": marked("names of your activities"),
    "notes": marked("your notes"),
    "facts": marked("what you stated"),
    "earlier": marked("earlier questions of the conversation"),
    "check_ins": marked("check-ins: sleep, heart, mood"),
    "nutrition": marked("meals and drinks"),
    "weight": marked("your weight"),
    "injuries": marked("injuries"),
}
"""What may be told to a model beside the figures of training."""


@dataclass(frozen=True)
class Leaving:
    """Who answers, and what is told to whom; ``model`` is empty where no model answers."""

    model: str = ""
    stays_here: bool = True
    told: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """What never leaves, in the order of ``KINDS``."""


def leaving(settings: Settings) -> Leaving:
    """Who answers by these settings, and what of the record is told to it.

    Raises:
        SettingsError: the settings of the model cannot be used.
    """
    from strideiq.coach.engines.language_model.configuration import (  # noqa: PLC0415  a start does without
        configuration_of,
    )

    found = configuration_of(settings)
    if found is None:
        return Leaving()
    told = tuple(words for kind, words in KINDS.items() if kind in found.leaving)
    kept = tuple(words for kind, words in KINDS.items() if kind not in found.leaving)
    return Leaving(found.model, found.stays_here, told, kept)
