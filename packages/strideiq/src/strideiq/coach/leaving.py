"""What of an athlete's record leaves this machine when the coach is asked, in words for pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.platform.language import marked
from strideiq.platform.settings import Settings

if TYPE_CHECKING:
    from strideiq.coach.engines.door import Question
    from strideiq.coach.engines.language_model.configuration import Configuration
    from strideiq.coach.tools.tool import Toolbox

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
    possible: str = ""
    """The model that the settings name, also where the athlete lets the built-in engine answer."""
    called: str = ""
    """The same without its provider, as people call it."""
    place: str = ""
    """The host that the model is asked at, where it is a server that the settings name."""
    allowed: tuple[str, ...] = ()
    """The words of ``KINDS`` that the settings let leave."""
    kept_back: frozenset[str] = frozenset()
    """Those that the athlete keeps back all the same."""

    @property
    def never(self) -> tuple[str, ...]:
        """What the settings let nobody be told, in words."""
        return tuple(words for kind, words in KINDS.items() if kind not in self.allowed)


@dataclass(frozen=True)
class Preview:
    """What would be sent for a question: counted in plain words, and whole."""

    question: str
    facts: int
    earlier: int
    tools: tuple[str, ...]
    """The tools that would be offered, as people read their names."""
    looks: tuple[tuple[str, int], ...]
    """What the built-in engine looks up for it, with how many rows of that would be told."""
    text: str
    """All of it, as it would be sent."""


def leaving(session: Session, settings: Settings, athlete_id: UUID) -> Leaving:
    """Who answers an athlete, and what of the record is told to it.

    Raises:
        SettingsError: the settings of the model cannot be used.
    """
    from strideiq.coach.choice import choice  # noqa: PLC0415  a start does without

    found = _configured(settings)
    if found is None:
        return Leaving()
    chosen = choice(session, athlete_id)
    answers = chosen.applied(found)
    told = answers.leaving if answers else frozenset()
    return Leaving(
        found.model if answers else "",
        answers is None or answers.stays_here,
        tuple(words for kind, words in KINDS.items() if kind in told),
        tuple(words for kind, words in KINDS.items() if kind not in told),
        possible=found.model,
        called=found.model.partition(":")[2] if found.kind == "provider" else found.model,
        place=urlsplit(found.base_url).hostname or found.model.partition(":")[0],
        allowed=tuple(kind for kind in KINDS if kind in found.leaving),
        kept_back=chosen.kept_back,
    )


def preview(
    session: Session,
    settings: Settings,
    athlete: AthleteView,
    text: str,
    conversation_id: UUID | None = None,
) -> Preview | None:
    """What would be sent for a question, which is not asked; None where no model answers.

    Which tools a model will call nobody knows before. What is shown of results is what it is told
    where it looks up what the built-in engine looks up for the same question.

    Raises:
        QuestionError: it is empty or too long.
        SettingsError: the settings of the model cannot be used.
    """
    from strideiq.coach.choice import choice  # noqa: PLC0415  a start does without

    configuration = choice(session, athlete.athlete_id).applied(_configured(settings))
    if configuration is None:
        return None
    return _preview(session, configuration, athlete, text, conversation_id)


def _preview(
    session: Session,
    configuration: Configuration,
    athlete: AthleteView,
    text: str,
    conversation_id: UUID | None,
) -> Preview:
    from strideiq.coach import facts, turns  # noqa: PLC0415  a start does without
    from strideiq.coach.engines.door import Question  # noqa: PLC0415  the same
    from strideiq.coach.engines.language_model import outgoing  # noqa: PLC0415  the same
    from strideiq.coach.reading import exchanges  # noqa: PLC0415  the same
    from strideiq.coach.tools.catalogue import TOOLS  # noqa: PLC0415  the same
    from strideiq.coach.tools.stated import toolbox  # noqa: PLC0415  the same
    from strideiq.coach.tools.tool import Scope  # noqa: PLC0415  the same

    athlete_id = athlete.athlete_id
    earlier = exchanges(session, athlete_id, conversation_id) if conversation_id else ()
    stated = tuple(one.words or "" for one in facts.newest(session, athlete_id)[::-1])
    asked = Question(turns.checked_question(text), earlier, stated)
    today = datetime.now(ZoneInfo(athlete.time_zone)).date()
    tools = toolbox(Scope(session, athlete_id, today), TOOLS)
    _look(asked, tools)
    told = [one for one in tools.steps if configuration.offers(one.tool)]
    return Preview(
        asked.text,
        len(stated) if "facts" in configuration.leaving else 0,
        len(earlier[-outgoing.EARLIER_MAX :]) if "earlier" in configuration.leaving else 0,
        tuple(_words(name) for name in tools.tools if configuration.offers(name)),
        tuple(
            (_words(one.tool), len(outgoing.told(one.found, configuration)["rows"])) for one in told
        ),
        outgoing.sent_in_all(asked, tools, configuration),
    )


def _look(asked: Question, tools: Toolbox) -> None:
    """Have the built-in engine look up what it would for a question; what it says is not needed."""
    from strideiq.coach.engines.builtin.engine import BuiltinEngine  # noqa: PLC0415  a start does without
    from strideiq.coach.engines.door import EngineError  # noqa: PLC0415  the same

    try:
        for _sentence in BuiltinEngine().answer(asked, tools):
            pass
    except EngineError:
        pass


def _configured(settings: Settings) -> Configuration | None:
    from strideiq.coach.engines.language_model.configuration import (  # noqa: PLC0415  a start does without
        configuration_of,
    )

    return configuration_of(settings)


def _words(tool: str) -> str:
    return tool.replace("_", " ").capitalize()
