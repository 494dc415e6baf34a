"""Models that say what a test tells them to, and the smallest toolbox that they can call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from coach_table import TODAY, table
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel
from sqlalchemy.orm import Session

from strideiq.coach.checking.checker import Checked, Checking
from strideiq.coach.engines.door import Question
from strideiq.coach.engines.language_model.configuration import (
    EVERYTHING,
    Configuration,
    Leaving,
    Limits,
)
from strideiq.coach.engines.language_model.engine import LanguageModelEngine
from strideiq.coach.engines.language_model.spending import Spending
from strideiq.coach.tools.tool import Arguments, Found, Scope, Tool, Toolbox

ATHLETE = UUID(int=7)
ANOTHER = UUID(int=8)
Turn = str | Sequence[str] | dict[str, object] | Exception | Callable[[], Any]
"""What a scripted model does in one response: say (in pieces), call ``{tool: arguments}``, fail."""


class LastDays(Arguments):
    days: int = 28


def _recent(scope: Scope, _: LastDays) -> Found:
    assert scope.athlete_id == ATHLETE
    evidence = table()
    rows = [
        {"activity_id": "a1", "name": "Sunday Long", "day": "2026-11-22", "distance_km": 24.31},
        {"activity_id": "a2", "name": "Hill Repeats", "day": "2026-11-24", "notes": "secret note"},
    ]
    return Found(evidence.figures, evidence.trends, evidence.subjects, tuple(rows))


RECENT = Tool("recent_runs", "The runs of the last days.", LastDays, _recent)
CHECK_INS = Tool("check_ins", "The check-ins.", LastDays, _recent)
WRITES: list[object] = []


def toolbox(tools: dict[str, Tool[Any]] | None = None) -> Toolbox:
    """Tools that need no database; a session that was used would fail at once."""
    known = tools or {"recent_runs": RECENT, "check_ins": CHECK_INS}
    return Toolbox(Scope(cast("Session", None), ATHLETE, TODAY), known)


@dataclass
class Script:
    """A model that does one thing after another, and keeps what it was told."""

    turns: list[Turn]
    seen: list[list[ModelMessage]] = field(default_factory=list)
    infos: list[AgentInfo] = field(default_factory=list)

    async def stream(
        self, messages: list[ModelMessage], info: AgentInfo
    ) -> AsyncIterator[str | dict[int, DeltaToolCall]]:
        self.seen.append(list(messages))
        self.infos.append(info)
        turn = self.turns[min(len(self.seen), len(self.turns)) - 1]
        if callable(turn):
            turn = await turn()
        if isinstance(turn, Exception):
            raise turn
        if isinstance(turn, dict):
            calls = enumerate(turn.items())
            yield {
                n: DeltaToolCall(
                    name=name,
                    json_args=given if isinstance(given, str) else _json(given),
                    tool_call_id=f"c{len(self.seen)}-{n}",
                )
                for n, (name, given) in calls
            }
            return
        for piece in [turn] if isinstance(turn, str) else turn:
            yield piece

    @property
    def sent(self) -> str:
        """Everything that the model was ever told, without the random ids of its messages."""
        told = [
            (getattr(message, "instructions", None), message.parts)
            for messages in self.seen
            for message in messages
        ]
        return repr(told) + repr(self.infos)


def _json(value: object) -> str:
    import json

    return json.dumps(value)


def engine_of(
    script: Script,
    *,
    leaving: frozenset[Leaving] = EVERYTHING,
    limits: Limits | None = None,
    spending: Spending | None = None,
) -> LanguageModelEngine:
    """An engine whose model is scripted."""
    configuration = Configuration("local", "scripted", leaving=leaving, limits=limits or Limits())
    return LanguageModelEngine(
        configuration, spending, lambda _: FunctionModel(stream_function=script.stream)
    )


def judged(engine: LanguageModelEngine, tools: Toolbox, text: str = "How was it?") -> list[Checked]:
    """A turn as it is held: what is refused is said again once, and judged again."""
    question = Question(text)
    checking = Checking(TODAY)

    def check(sentences: Iterator[str]) -> list[Checked]:
        found = []
        evidence = tools.evidence
        for sentence in sentences:
            if len(tools.steps) and evidence.figures == ():
                evidence = tools.evidence
            found.append(checking.judge(sentence, evidence))
        return found

    first = check(engine.answer(question, tools))
    refused = [one for one in first if not one.shown]
    return first + (check(engine.again(question, tools, refused)) if refused else [])


def shown(judgements: Sequence[Checked]) -> list[str]:
    return [one.sentence for one in judgements if one.shown]
