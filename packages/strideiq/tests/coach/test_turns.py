"""A turn keeps the question before all else, and of the answer what it has come to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker
from tiny_engines import ALSO_TRUE, LIE, TODAY, TOOLS, TRUE, Gate, Nothing, Tiny, dies

from strideiq.athletes.public import AthleteView, athlete_of
from strideiq.coach import turns
from strideiq.coach.errors import NoSuchConversationError, QuestionError, StillAnsweringError
from strideiq.coach.events import Ended, Event, Fallen, Looked, Said, Withheld
from strideiq.coach.models import CoachTurn
from strideiq.coach.reading import TurnView, turn_of, turns_of
from strideiq.coach.tools.tool import Found, Scope, Tool


@pytest.fixture
def athlete(sessions: sessionmaker[Session], athlete_id: UUID) -> AthleteView:
    with sessions() as session:
        return athlete_of(session, athlete_id)


@pytest.fixture(autouse=True)
def nobody_left(engine: Engine) -> Iterator[None]:
    """Engines that were left behind have let go of the database before it goes."""
    yield
    for thread in threading.enumerate():
        if thread.name == "coach engine":
            thread.join(30)
    engine.dispose()


@pytest.fixture
def ask(engine: Engine, sessions: sessionmaker[Session], athlete: AthleteView) -> Any:
    """Ask a question and hear all that happens."""

    def asked(
        *engines: Tiny, conversation_id: UUID | None = None, **coach: Any
    ) -> tuple[list[Event], TurnView]:
        turn = turns.begin(engine, athlete, "How was it?", conversation_id)
        known = turns.Coach(engines, **{"tools": TOOLS, **coach})
        events = list(turn.events(sessions, known, TODAY))
        with sessions() as session:
            view = turn_of(session, athlete.athlete_id, turn.turn_id)
        assert view is not None
        return events, view

    return asked


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_true_sentences_are_shown_with_their_rows_and_kept_with_the_evidence(ask: Any) -> None:
    events, view = ask(Tiny(TRUE, ALSO_TRUE))
    assert kinds(events) == ["Looked", "Said", "Said", "Ended"]
    assert [piece.kind for piece in view.pieces] == ["looked", "said", "said"]
    (looked,) = view.of_kind("looked")
    assert looked["rows"][0]["distance_km"] == 10.0
    assert looked["figures"][0] == {
        "id": "f1",
        "subject": 0,
        "quantity": "distance",
        "value": 10000.0,
        "formula_version": None,
    }
    distance, pace = (said["citations"][0] for said in view.of_kind("said"))
    assert (distance["said"], distance["address"]) == ("distance 10.00 km", "/activities/run-1")
    assert pace["said"] == "pace 5:00 /km"
    assert (view.state, view.engine) == ("whole", "tiny")


def test_what_is_refused_may_be_said_better_once_and_is_left_out_otherwise(ask: Any) -> None:
    mended, left_out = Tiny(TRUE, LIE, better=[ALSO_TRUE]), Tiny(TRUE, LIE, better=[LIE])
    events, _ = ask(mended)
    assert kinds(events) == ["Looked", "Said", "Said", "Ended"]
    assert [checked.sentence for checked in mended.refused] == [LIE]
    events, view = ask(left_out)
    assert kinds(events) == ["Looked", "Said", "Withheld", "Ended"]
    assert view.answer == TRUE
    assert len(view.of_kind("withheld")) == 1
    events, _ = ask(Tiny(TRUE, LIE))
    assert kinds(events) == ["Looked", "Said", "Withheld", "Ended"]


def test_an_engine_that_dies_half_way_costs_no_message(ask: Any) -> None:
    dying, builtin = Tiny(TRUE, dies, name="provider"), Tiny(ALSO_TRUE, name="built-in")
    events, view = ask(dying, builtin)
    assert kinds(events) == ["Looked", "Said", "Fallen", "Looked", "Said", "Ended"]
    assert view.of_kind("fallen") == [{"engine": "provider", "reason": "The provider hung up."}]
    assert view.answer == f"{TRUE} {ALSO_TRUE}"
    assert (view.state, view.engine) == ("whole", "built-in")


def test_the_built_in_engine_answers_where_nothing_of_another_could_be_shown(ask: Any) -> None:
    events, view = ask(Tiny(LIE, name="model"), Tiny(TRUE, name="built-in"))
    assert kinds(events) == ["Looked", "Withheld", "Fallen", "Looked", "Said", "Ended"]
    assert view.answer == TRUE


def test_an_engine_that_breaks_is_told_without_what_broke(ask: Any) -> None:
    def breaks() -> None:
        raise RuntimeError("secret token 123")

    _, view = ask(Tiny(TRUE, breaks))
    assert view.state == "failed"
    assert view.answer == TRUE
    assert "secret" not in str(view)


def test_an_engine_that_stalls_is_left_and_heard_no_more(ask: Any) -> None:
    gate = Gate()
    stalling = Tiny(TRUE, gate, "Good night.", name="slow")
    events, view = ask(stalling, Tiny(ALSO_TRUE, name="built-in"), time_max_s=0.3)
    gate.open.set()
    assert Fallen("slow", "It did not answer in time.") in events
    assert view.answer == f"{TRUE} {ALSO_TRUE}"


def test_an_engine_in_circles_comes_to_an_end(ask: Any) -> None:
    class Endless(Tiny):
        def answer(self, *_: Any) -> Iterator[str]:
            number = 0
            while True:
                number += 1
                yield "Well " * number

    _, view = ask(Endless(looks=False))
    assert view.state == "whole"
    assert len(view.of_kind("said")) <= 60


def test_characters_that_nobody_sees_can_not_turn_a_figure_around(ask: Any) -> None:
    events, _ = ask(Tiny("Your last run was \u202e21\u202c km.\x00"))
    assert "Withheld" in kinds(events)
    _, view = ask(Tiny("Your last\u200b run was 10\u00a0km.\n"))
    assert view.answer == TRUE


def test_a_tool_cannot_write(ask: Any, sessions: sessionmaker[Session]) -> None:
    def writes(scope: Scope, _: Nothing) -> Found:
        scope.session.execute(text("UPDATE athlete SET name = 'changed'"))
        return Found()

    tools = {"last_run": Tool("last_run", "Writes.", Nothing, writes)}
    _, view = ask(Tiny(TRUE), tools=tools)
    assert view.state == "failed"
    with sessions() as session:
        assert session.scalar(text("SELECT name FROM athlete")) == "Robin Runner"


def test_a_question_is_kept_before_anybody_answers_it_and_a_lost_turn_is_told_as_such(
    engine: Engine, sessions: sessionmaker[Session], athlete: AthleteView
) -> None:
    turn = turns.begin(engine, athlete, "  How was it?\x00 ")
    with sessions() as other:
        (view,) = turns_of(other, athlete.athlete_id, turn.conversation_id)
    assert (view.question, view.state) == ("How was it?", "answering")
    with pytest.raises(StillAnsweringError):
        turns.begin(engine, athlete, "And then?", turn.conversation_id)
    gate = Gate()
    events = turn.events(sessions, turns.Coach([Tiny(TRUE, gate)], TOOLS), TODAY)
    assert isinstance(next(events), Looked)
    assert isinstance(next(events), Said)
    # As when its process is killed: the server ends the session, and nobody tidies up.
    turn._connection.invalidate()
    gate.open.set()
    with sessions() as other:
        (view,) = turns_of(other, athlete.athlete_id, turn.conversation_id)
    assert (view.answer, view.state) == (TRUE, "interrupted")
    turns.begin(engine, athlete, "And then?", turn.conversation_id).close()
    with sessions() as other:
        first, second = turns_of(other, athlete.athlete_id, turn.conversation_id)
        assert other.scalars(select(CoachTurn.state).order_by(CoachTurn.position)).all() == [
            "interrupted",
            "answering",
        ]
    assert (first.state, second.state) == ("interrupted", "interrupted")
    assert second.position == 2


def test_the_athlete_stops_an_answer_and_what_was_said_stays(
    engine: Engine, sessions: sessionmaker[Session], athlete: AthleteView
) -> None:
    gate = Gate()
    turn = turns.begin(engine, athlete, "How was it?")
    heard: list[Event] = []
    for event in turn.events(sessions, turns.Coach([Tiny(TRUE, gate, LIE)], TOOLS), TODAY):
        heard.append(event)
        if isinstance(event, Said):
            with sessions.begin() as other:
                turns.stop(other, athlete.athlete_id, turn.turn_id)
    gate.open.set()
    assert heard[-1] == Ended("tiny", stopped=True)
    with sessions() as other:
        view = turn_of(other, athlete.athlete_id, turn.turn_id)
    assert view is not None
    assert (view.answer, view.state) == (TRUE, "stopped")


def test_an_engine_hears_what_was_said_before_but_not_what_was_left_out(ask: Any) -> None:
    _, first = ask(Tiny(TRUE, LIE))
    second = Tiny(ALSO_TRUE)
    ask(second, conversation_id=first.conversation_id)
    (earlier,) = second.asked[0].earlier
    assert (earlier.question, earlier.answer) == ("How was it?", TRUE)


@pytest.mark.parametrize("question", ["", " \x00\n", "a" * 4001])
def test_what_is_no_question_is_refused_and_nothing_is_kept(
    engine: Engine, sessions: sessionmaker[Session], athlete: AthleteView, question: str
) -> None:
    with pytest.raises(QuestionError):
        turns.begin(engine, athlete, question)
    with sessions() as session:
        assert session.scalar(select(CoachTurn)) is None


def test_nobody_asks_in_a_conversation_of_another(
    engine: Engine,
    sessions: sessionmaker[Session],
    athlete: AthleteView,
    other_athlete_id: UUID,
) -> None:
    turn = turns.begin(engine, athlete, "How was it?")
    turn.close()
    with sessions() as session:
        other = athlete_of(session, other_athlete_id)
        assert turn_of(session, other_athlete_id, turn.turn_id) is None
    with pytest.raises(NoSuchConversationError):
        turns.begin(engine, other, "And?", turn.conversation_id)


def test_withheld_sentences_say_why(ask: Any) -> None:
    events, _ = ask(Tiny(LIE))
    (withheld,) = (event for event in events if isinstance(event, Withheld))
    assert "12 km" in withheld.why
