"""The coach of this StrideIQ: its engines and tools, and turns that go on while nobody looks."""

from __future__ import annotations

import threading
from uuid import UUID

import structlog

from strideiq.athletes.public import AthleteView
from strideiq.coach import turns
from strideiq.platform.errors import StrideiqError
from strideiq.platform.language import gettext as _
from strideiq.platform.runtime import Runtime
from strideiq.platform.security import Sent

AT_ONCE_MAX = 4
"""How many turns are answered at once; each needs two of the database's connections."""
WAIT_S_MAX = 15.0

log = structlog.get_logger()


class CoachBusyError(StrideiqError):
    """Too many questions are being answered."""

    code = "coach_busy"
    http_status = 503


def coach_of(runtime: Runtime, athlete: AthleteView) -> turns.Coach:
    """What answers an athlete: the engine that was chosen, with the built-in one behind it.

    Raises:
        SettingsError: the settings of the model cannot be used.
    """
    from strideiq.coach.budget import Budget  # noqa: PLC0415  a start does without
    from strideiq.coach.choice import choice  # noqa: PLC0415  the same
    from strideiq.coach.engines.choosing import engines_of  # noqa: PLC0415  the same
    from strideiq.coach.engines.language_model.configuration import (  # noqa: PLC0415  the same
        configuration_of,
    )
    from strideiq.coach.tools.catalogue import TOOLS  # noqa: PLC0415  the same

    with runtime.sessions() as session:
        chosen = choice(session, athlete.athlete_id)
    configuration = chosen.applied(configuration_of(runtime.settings))
    engines = engines_of(configuration, lambda limits: Budget(runtime.sessions, limits))
    return turns.Coach(engines=engines, tools=TOOLS)


_free = threading.BoundedSemaphore(AT_ONCE_MAX)


class Work:
    """A turn that is answered in a thread of its own, however long anybody listens."""

    def __init__(
        self,
        runtime: Runtime,
        athlete: AthleteView,
        coach: turns.Coach,
        question: str,
        conversation_id: UUID | None = None,
        sent: Sent | None = None,
    ) -> None:
        """Keep the question and begin to answer it.

        Raises:
            AskedBeforeError: the same request (``sent``) has asked already.
            QuestionError: it is empty or too long.
            NoSuchConversationError: the athlete has no such conversation.
            StillAnsweringError: the question before is being answered.
            CoachBusyError: too many others are.
        """
        self._runtime = runtime
        self._coach = coach
        if not _free.acquire(timeout=WAIT_S_MAX):
            raise CoachBusyError(
                _("The coach is answering others."), next_step=_("ask again in a minute")
            )
        try:
            self.turn = turns.begin(runtime.engine, athlete, question, conversation_id, sent)
        except BaseException:
            _free.release()
            raise
        self._thread = threading.Thread(target=self._answer, name="coach turn", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until the turn has ended."""
        self._thread.join()

    def _answer(self) -> None:
        try:
            for _event in self.turn.events(self._runtime.sessions, self._coach):
                pass
        except Exception as error:  # noqa: BLE001  the turn counts as interrupted, and says so
            log.error("turn broke", turn=str(self.turn.turn_id), by=type(error).__name__)  # noqa: TRY400
        finally:
            _free.release()
