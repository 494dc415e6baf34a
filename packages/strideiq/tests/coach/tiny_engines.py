"""The smallest engines and tools that a turn can be tried with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from strideiq.coach.checking.checker import Checked
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.engines.door import EngineError, Question
from strideiq.coach.tools.tool import Arguments, Found, Scope, Tool, Toolbox

TODAY = date(2026, 11, 22)
RUN = Subject(
    "activity", "run-1", "Morning loop", TODAY, aliases=("last run",), address="/activities/run-1"
)


class Nothing(Arguments):
    pass


def _last_run(scope: Scope, _: Nothing) -> Found:
    assert scope.today == TODAY
    return Found(
        figures=(Figure("f1", RUN, "distance", 10000.0), Figure("f2", RUN, "pace", 0.3)),
        rows=({"day": TODAY, "distance_km": 10.0, "pace_s_per_km": 300.0},),
    )


LAST_RUN = Tool("last_run", "The last run.", Nothing, _last_run)
TOOLS = {"last_run": LAST_RUN}
TRUE = "Your last run was 10 km."
ALSO_TRUE = "It was run at 5:00 /km."
LIE = "Your last run was 12 km."


class Tiny:
    """Says what it was made with; a callable among its sentences is called instead."""

    def __init__(
        self,
        *sentences: str | Callable[[], object],
        better: Sequence[str] = (),
        name: str = "tiny",
        looks: bool = True,
    ) -> None:
        self.name = name
        self.sentences = sentences
        self.better = better
        self.looks = looks
        self.asked: list[Question] = []
        self.refused: list[Checked] = []

    def answer(self, question: Question, tools: Toolbox) -> Iterator[str]:
        self.asked.append(question)
        if self.looks:
            tools.call("last_run")
        for one in self.sentences:
            if isinstance(one, str):
                yield one
            else:
                one()

    def again(
        self, question: Question, tools: Toolbox, refused: Sequence[Checked]
    ) -> Iterator[str]:
        del question, tools
        self.refused += refused
        yield from self.better


def dies() -> None:
    raise EngineError("The provider hung up.")


class Gate:
    """Where an engine waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.open.wait(30)
