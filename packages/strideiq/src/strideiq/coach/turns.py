"""One turn of a conversation: the question is kept first, then its answer, piece by piece.

Whoever works on a turn holds a lock in the database for as long as it does. A process that is
killed loses it, so that anybody can tell a turn that is being answered from one that was
interrupted. The engine reads through sessions of its own, which cannot write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from strideiq.athletes.public import AthleteView, claim, settle
from strideiq.coach import answering, facts
from strideiq.coach.engines import door
from strideiq.coach.errors import NoSuchConversationError, QuestionError, StillAnsweringError
from strideiq.coach.events import Ended, Event
from strideiq.coach.models import CoachConversation, CoachPiece, CoachTurn
from strideiq.coach.pieces import piece_of
from strideiq.coach.reading import exchanges, is_worked_on, lock_key
from strideiq.coach.tools.stated import toolbox
from strideiq.coach.tools.tool import Scope, Step, Tool, Toolbox
from strideiq.platform.language import gettext as _
from strideiq.platform.security import Sent

QUESTION_LENGTH_MAX = 4000
"""Characters."""
TITLE_LENGTH_MAX = 80


@dataclass(frozen=True)
class Coach:
    """What answers: engines in the order in which they are tried, and the tools that they get."""

    engines: Sequence[door.Engine]
    """The last one is the built-in, which needs nobody else."""
    tools: Mapping[str, Tool[Any]] = field(default_factory=dict)
    time_max_s: float = answering.TURN_S_MAX


class Turn:
    """A question that is kept. ``events`` answers it; ``close`` leaves it unanswered."""

    def __init__(self, connection: Connection, athlete: AthleteView, turn: CoachTurn) -> None:
        self.turn_id = turn.turn_id
        self.conversation_id = turn.conversation_id
        self.question = turn.question
        self._athlete = athlete
        self._connection = connection

    def events(
        self, sessions: sessionmaker[Session], coach: Coach, today: date | None = None
    ) -> Iterator[Event]:
        """Answer the question; each event has been committed when it is given.

        ``today`` is the athlete's own day unless a test says another one.
        """
        day = today or datetime.now(ZoneInfo(self._athlete.time_zone)).date()
        state = "interrupted"
        engine = None
        with Session(self._connection, expire_on_commit=False) as session:
            try:
                question = self._asked(session)
                tools = self._tools(sessions, coach, day)
                for position, event in enumerate(
                    answering.answered(
                        coach.engines,
                        question,
                        tools,
                        stopped=lambda: self._stop_asked(session),
                        metric=self._athlete.units == "metric",
                        time_max_s=coach.time_max_s,
                    ),
                    start=1,
                ):
                    if isinstance(event, Ended):
                        state, engine = _ended(event), event.engine
                        self._end(session, state, engine)
                    else:
                        self._keep(session, position, event)
                    yield event
            finally:
                if engine is None:
                    self._end(session, state, None)
                self.close()

    def close(self) -> None:
        """Let go of the turn; one that has not ended then counts as interrupted."""
        if not self._connection.closed:
            self._connection.rollback()
            self._connection.execute(
                text("SELECT pg_advisory_unlock(:key)"), {"key": lock_key(self.turn_id)}
            )
            self._connection.commit()
            self._connection.close()

    def _asked(self, session: Session) -> door.Question:
        athlete_id = self._athlete.athlete_id
        earlier = exchanges(session, athlete_id, self.conversation_id, before=self.turn_id)
        stated = tuple(one.words or "" for one in facts.newest(session, athlete_id)[::-1])
        session.commit()
        return door.Question(self.question, earlier, stated)

    def _tools(
        self, sessions: sessionmaker[Session], coach: Coach, today: date
    ) -> answering.OpenTools:
        @contextmanager
        def opened(on_step: Callable[[Step], None]) -> Iterator[Toolbox]:
            with sessions() as session:
                session.execute(text("SET TRANSACTION READ ONLY"))
                scope = Scope(session, self._athlete.athlete_id, today)
                yield toolbox(scope, coach.tools, on_step)

        return opened

    def _stop_asked(self, session: Session) -> bool:
        asked = session.scalar(select(CoachTurn.stop_asked_at.is_not(None)).where(*self._this()))
        session.commit()
        return bool(asked)

    def _keep(self, session: Session, position: int, event: Event) -> None:
        piece = piece_of(event)
        if piece is not None:
            kind, content = piece
            session.add(
                CoachPiece(
                    athlete_id=self._athlete.athlete_id,
                    turn_id=self.turn_id,
                    position=position,
                    kind=kind,
                    content=content,
                )
            )
            session.commit()
            session.expunge_all()

    def _end(self, session: Session, state: str, engine: str | None) -> None:
        session.rollback()
        turn = session.scalars(select(CoachTurn).where(*self._this())).one_or_none()
        if turn is not None:
            turn.state, turn.engine, turn.ended_at = state, engine, datetime.now(UTC)
        session.commit()

    def _this(self) -> tuple[Any, ...]:
        return (
            CoachTurn.athlete_id == self._athlete.athlete_id,
            CoachTurn.turn_id == self.turn_id,
        )


def begin(
    engine: Engine,
    athlete: AthleteView,
    question: str,
    conversation_id: UUID | None = None,
    sent: Sent | None = None,
) -> Turn:
    """Keep a question, in a conversation or as the first one of a new one; answer it afterwards.

    ``sent`` tells a request from another one, so that the same one asks once.

    Raises:
        AskedBeforeError: it has asked already.
        QuestionError: it is empty or too long.
        NoSuchConversationError: the athlete has no such conversation.
        StillAnsweringError: the question before is being answered.
    """
    asked = checked_question(question)
    connection = engine.connect()
    try:
        turn_id = uuid4()
        # Taken before anybody can see the turn, so that nobody ever sees it without its lock.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": lock_key(turn_id)})
        connection.commit()
        with Session(connection, expire_on_commit=False) as session:
            if sent:
                _ask_once(session, athlete.athlete_id, sent)
            if conversation_id is None:
                conversation_id = _new_conversation(session, athlete.athlete_id, asked)
            turn = CoachTurn(
                athlete_id=athlete.athlete_id,
                turn_id=turn_id,
                conversation_id=conversation_id,
                position=_next_position(session, athlete.athlete_id, conversation_id),
                question=asked,
            )
            session.add(turn)
            if sent:
                settle(session, athlete.athlete_id, sent, f"{conversation_id}#turn-{turn_id}")
            session.commit()
            session.expunge_all()
    except BaseException:
        connection.invalidate()  # ends the server's session, and with it the lock
        connection.close()
        raise
    return Turn(connection, athlete, turn)


class AskedBeforeError(Exception):
    """The same request has asked; ``turn`` is ``CONVERSATION#turn-TURN``."""

    def __init__(self, turn: str) -> None:
        super().__init__(turn)
        self.turn = turn

    @property
    def turn_id(self) -> UUID:
        """The turn that answers it."""
        return UUID(self.turn.rpartition("turn-")[2])


def _ask_once(session: Session, athlete_id: UUID, sent: Sent) -> None:
    before = claim(session, athlete_id, sent)
    if before is not None and before.location:
        raise AskedBeforeError(before.location)


def checked_question(question: str) -> str:
    """A question as it is kept, without what no text can hold.

    Raises:
        QuestionError: it is empty or too long.
    """
    text_ = question.replace("\x00", "").encode("utf-8", "replace").decode().strip()
    if not text_:
        raise QuestionError(
            _("There is no question."), next_step=_("write what you would like to know")
        )
    if len(text_) > QUESTION_LENGTH_MAX:
        raise QuestionError(
            _("The question has %(length)d characters; %(most)d is the most.")
            % {"length": len(text_), "most": QUESTION_LENGTH_MAX},
            next_step=_("ask it more briefly, or in parts"),
        )
    return text_


def _new_conversation(session: Session, athlete_id: UUID, question: str) -> UUID:
    line = " ".join(question.split())
    title = line if len(line) <= TITLE_LENGTH_MAX else f"{line[: TITLE_LENGTH_MAX - 1]}…"
    conversation = CoachConversation(athlete_id=athlete_id, conversation_id=uuid4(), title=title)
    session.add(conversation)
    session.flush()
    return conversation.conversation_id


def _next_position(session: Session, athlete_id: UUID, conversation_id: UUID) -> int:
    """The place of the next question; one that was interrupted before it is marked as such."""
    conversation = session.scalars(
        select(CoachConversation)
        .where(
            CoachConversation.athlete_id == athlete_id,
            CoachConversation.conversation_id == conversation_id,
            CoachConversation.deleted_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if conversation is None:
        raise NoSuchConversationError(
            _("There is no such conversation."), next_step=_("begin a new one")
        )
    here = (CoachTurn.athlete_id == athlete_id, CoachTurn.conversation_id == conversation_id)
    for turn in session.scalars(select(CoachTurn).where(*here, CoachTurn.state == "answering")):
        if is_worked_on(session, turn.turn_id):
            raise StillAnsweringError(
                _("The question before is still being answered."),
                next_step=_("wait for the answer, or stop it"),
            )
        turn.state = "interrupted"
    last = session.scalar(select(func.max(CoachTurn.position)).where(*here))
    return (last or 0) + 1


def stop(session: Session, athlete_id: UUID, turn_id: UUID) -> None:
    """Ask whoever works on a turn to stop; what was said until then stays."""
    turn = session.scalars(
        select(CoachTurn).where(
            CoachTurn.athlete_id == athlete_id,
            CoachTurn.turn_id == turn_id,
            CoachTurn.stop_asked_at.is_(None),
        )
    ).one_or_none()
    if turn is not None:
        turn.stop_asked_at = datetime.now(UTC)


def _ended(event: Ended) -> str:
    if event.stopped:
        return "stopped"
    return "failed" if event.failed else "whole"
