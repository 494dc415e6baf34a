"""What an outside agent can ask for: one athlete's tools, and the judgement of its sentences."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy.orm import Session, sessionmaker

from strideiq.athletes.public import AthleteView
from strideiq.coach.checking.checker import check
from strideiq.coach.mcp.documents import Document, checked_document, found_document
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.stated import preferring, stated
from strideiq.coach.tools.tool import Found, Scope, Toolbox, ToolRefusedError, evidence_of

SCOPE = "coach:tools"
"""What a token needs for any of this."""
CHECK_ANSWER = "check_answer"
CALLS_KEPT = 24
"""So many calls of a session are evidence; older ones are forgotten."""
SESSION_S = 30 * 60.0
SESSIONS_MAX = 200

Recogniser = Callable[[Session], AthleteView]
"""Finds whose tools these are, anew for every call, so that a revoked token ends at once."""

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=600)]


class CheckAnswer(BaseModel):
    """The sentences of an answer, in their order."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[Sentence] = Field(
        min_length=1, max_length=30, description="One whole sentence each, in English."
    )


@dataclass
class Calls:
    """What the tools gave in one session, the newest calls only."""

    found: deque[Found] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    used_at_s: float = 0.0


class Sessions:
    """The calls of the sessions of this process, by a name that only their holder can send."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: OrderedDict[str, Calls] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, name: str) -> Calls:
        """The calls of a session; none where it is new, or was silent for half an hour."""
        now = self._clock()
        with self._lock:
            calls = self._sessions.pop(name, None)
            if calls is None or now - calls.used_at_s > SESSION_S:
                calls = Calls()
            calls.used_at_s = now
            self._sessions[name] = calls
            while len(self._sessions) > SESSIONS_MAX:
                self._sessions.popitem(last=False)
            return calls


@dataclass(frozen=True)
class Desk:
    """The tools of whoever ``recognise`` finds, with the calls of one session."""

    sessions: sessionmaker[Session]
    recognise: Recogniser
    calls: Calls

    def call(self, name: str, arguments: Mapping[str, object]) -> Document:
        """Run one tool, or judge an answer by what the tools gave.

        Raises:
            ToolRefusedError: no such tool, or arguments that it does not take.
            StrideiqError: the token is not valid any more, or may not do this.
        """
        with self.sessions.begin() as session:
            athlete = self.recognise(session)
            today = datetime.now(UTC).astimezone(ZoneInfo(athlete.time_zone)).date()
            scope = Scope(session, athlete.athlete_id, today)
            if name == CHECK_ANSWER:
                return self._check(scope, arguments)
            found = Toolbox(scope, preferring(TOOLS, stated(scope))).call(name, arguments)
        self.calls.found.append(found)
        return found_document(found)

    def _check(self, scope: Scope, arguments: Mapping[str, object]) -> Document:
        try:
            asked = CheckAnswer.model_validate(dict(arguments))
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ToolRefusedError(f"{CHECK_ANSWER}: {place}: {first['msg']}") from None
        evidence = evidence_of(list(self.calls.found))
        return checked_document(check(asked.sentences, evidence, scope.today), evidence)
