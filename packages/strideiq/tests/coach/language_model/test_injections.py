"""Texts that look like instructions change nothing, even where a model obeys every one of them.

The worst case is scripted: a model that does what the text says. What counts is what is shown,
which tools ran, with which arguments and for whom, and where the text stood when it was sent.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from coach_table import BESIDE_THIS, table
from scripted import ATHLETE, LastDays, Script, engine_of, toolbox

from strideiq.coach.engines.door import EngineError, Exchange, Question
from strideiq.coach.events import Said, Withheld
from strideiq.coach.judging import judged
from strideiq.coach.tools.tool import CALLS_MAX, Found, Scope, Tool, Toolbox

PLACES = ("name", "notes", "fact", "earlier", "question")
LOOK = {"recent_runs": {"days": 7}}
TRUE = "On Sunday you ran 24.3 km."


@dataclass(frozen=True)
class Injection:
    text: str
    says: str = ""
    calls: tuple[str, dict[str, object]] | None = None

    def __str__(self) -> str:
        return self.text


def injections() -> list[Injection]:
    found = []
    path = BESIDE_THIS.parent / "language_model" / "injections.txt"
    for raw in path.read_text(encoding="utf-8").splitlines():
        if raw.startswith("#"):
            continue
        line = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), raw)
        text, _, does = line.partition(" => ")
        verb, _, what = does.partition(" ")
        if verb == "say":
            found.append(Injection(text, says=what))
        else:
            name, _, given = what.partition(" ")
            found.append(Injection(text, calls=(name, json.loads(given))))
    return found


ALL = injections()
CASES = [
    (one, place)
    for number, one in enumerate(ALL)
    for shift, place in enumerate(PLACES)
    if shift == number % len(PLACES) or os.environ.get("STRONGROOM_SOAK") == "1"
]


def _question(one: Injection, place: str) -> Question:
    text = one.text if place == "question" else "How was Sunday?"
    facts = (one.text,) if place == "fact" else ()
    earlier = (Exchange(one.text, one.text),) if place == "earlier" else ()
    return Question(text, earlier, facts)


def _tools(one: Injection, place: str) -> Toolbox:
    def recent(scope: Scope, _: LastDays) -> Found:
        assert scope.athlete_id == ATHLETE
        evidence = table()
        row = {place: one.text} if place in {"name", "notes"} else {}
        return Found(evidence.figures, evidence.trends, rows=({"day": "2026-11-22", **row},))

    return toolbox({"recent_runs": Tool("recent_runs", "Runs.", LastDays, recent)})


def _turn(script: Script, question: Question, tools: Toolbox) -> tuple[list[Any], str]:
    heard: list[Any] = []
    try:
        heard.extend(judged(engine_of(script), question, tools))
    except EngineError as error:
        return heard, error.reason
    return heard, ""


@pytest.mark.parametrize(("one", "place"), CASES, ids=str)
def test_nothing_that_is_injected_works(one: Injection, place: str) -> None:
    acts: list[Any] = [LOOK, one.says] if one.says else [LOOK, dict([one.calls or ("", {})])]
    script, tools = Script(acts), _tools(one, place)
    heard, reason = _turn(script, _question(one, place), tools)
    assert [event.sentence for event in heard if isinstance(event, Said)] == []
    assert all(isinstance(event, Withheld) for event in heard)
    assert one.says or reason, "a model that does nothing but call ends with a reason"
    assert {step.tool for step in tools.steps} <= {"recent_runs"}
    assert all(set(step.arguments) == {"days"} for step in tools.steps)
    assert len(tools.steps) <= CALLS_MAX


@pytest.mark.parametrize(("one", "place"), CASES[::5], ids=str)
def test_it_is_sent_as_data_only(one: Injection, place: str) -> None:
    script = Script([LOOK, TRUE])
    heard, reason = _turn(script, _question(one, place), _tools(one, place))
    assert reason == ""
    assert [event.sentence for event in heard] == [TRUE]
    for message in script.seen[-1]:
        for part in message.parts:
            sent = str(getattr(part, "content", ""))
            outside = re.sub(r"<data kind='\w+'>\n.*?\n</data>", "", sent, flags=re.DOTALL)
            assert one.text not in outside
            assert sent.count("<data ") == sent.count("</data>")
    assert one.text not in (script.infos[-1].instructions or "")


def test_there_are_forty_and_more() -> None:
    assert len(ALL) >= 40


def test_no_tool_takes_an_athlete() -> None:
    from strideiq.coach.engines.language_model.configuration import OF_THE_BODY, OF_TRAINING
    from strideiq.coach.tools.catalogue import TOOLS

    assert set(TOOLS) == OF_TRAINING | set(OF_THE_BODY), "each tool is of training or of the body"
    for tool in TOOLS.values():
        fields = " ".join(tool.arguments.model_fields)
        assert "athlete" not in fields
        assert "user" not in fields


def test_a_run_of_another_athlete_is_not_found(toolbox: Toolbox, seeded: Any) -> None:
    """The model knows the id of a run of somebody else, and asks for it with the real tools."""
    from sqlalchemy import text

    with seeded.engine.connect() as connection:
        theirs: UUID = connection.execute(
            text("SELECT activity_id FROM activity WHERE athlete_id = :id LIMIT 1"),
            {"id": seeded.other_id},
        ).scalar_one()
    asked = [{name: {"activity_id": str(theirs)}} for name in ("one_run", "splits", "intervals")]
    for call in asked:
        before = len(toolbox.steps)
        _turn(Script([call, "I don't have that run."]), Question("?"), toolbox)
        for step in toolbox.steps[before:]:
            assert step.found.figures == ()
            assert str(theirs) not in repr(step.found)
