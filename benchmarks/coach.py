"""How long the built-in engine takes at 3,000 activities: first sentence, and whole answer.

A home of its own is made by ``strideiq init`` and filled as ``pages`` fills it. Questions of
several kinds are asked in turn, each in a session of its own, with every sentence checked as a
turn checks it; the first rounds warm up and do not count. Beside the time of the wall stands the
time that this process used: where others are working too, the first says how busy they are.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from pages import ACTIVITIES, NEWEST, fill, new_home, opened_home
from sqlalchemy.orm import Session, sessionmaker

import strideiq.features  # noqa: F401  what reacts to a new activity is registered there
from strideiq.coach.checking.checker import check
from strideiq.coach.engines.builtin.engine import BuiltinEngine
from strideiq.coach.engines.door import Question
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox

ROUNDS = int(os.environ.get("ROUNDS", "40"))
WARM_UP = 3
TARGET_MS = 300
QUESTIONS = {
    "last run": "How was my last run?",
    "total": "How far did I run this year?",
    "average": "How many km do I run per week on average?",
    "longest": "What is my longest run ever?",
    "best": "What is my best 10 km?",
    "all bests": "What are my personal bests?",
    "splits": "Show me the splits of my last run",
    "paces": "What are my training paces?",
    "prediction": "What could I run for a half marathon?",
    "fitness": "How fit am I?",
    "load": "What is my training load this week?",
    "efficiency": "Am I getting more efficient?",
    "zones": "Time in zones of my last run",
    "comparison": "Compare this month with last month",
    "today": "What should I do today?",
    "state": "How is my training going?",
    "not understood": "Colourless green ideas",
}


@dataclass(frozen=True)
class Timed:
    """One answer: until its first checked sentence, until its end, and what the process used."""

    first_ms: float
    whole_ms: float
    used_ms: float


def timed(session: Session, athlete_id: UUID, text: str) -> Timed:
    """Ask, check each sentence as it comes, and time it."""
    tools = Toolbox(Scope(session, athlete_id, NEWEST.date()), TOOLS)
    began_s, used_s = time.perf_counter(), time.process_time()
    first_s = 0.0
    for sentence in BuiltinEngine().answer(Question(text), tools):
        check([sentence], tools.evidence, tools.scope.today)
        first_s = first_s or time.perf_counter() - began_s
    whole_s, used_s = time.perf_counter() - began_s, time.process_time() - used_s
    return Timed(first_s * 1000, whole_s * 1000, used_s * 1000)


def measure(sessions: sessionmaker[Session], athlete_id: UUID) -> Iterator[str]:
    """Each question once in a round; lines of figures."""
    found: dict[str, list[Timed]] = defaultdict(list)
    for number in range(ROUNDS + WARM_UP):
        for name, text in QUESTIONS.items():
            with sessions() as session:
                one = timed(session, athlete_id, text)
            if number >= WARM_UP:
                found[name].append(one)
    every = [one for some in found.values() for one in some]
    for name, some in [*found.items(), ("all of them", every)]:
        yield (
            f"  {name:15} first sentence {_told([one.first_ms for one in some])}, "
            f"whole answer {_told([one.whole_ms for one in some])}, "
            f"of this process {_told([one.used_ms for one in some])}"
        )


def _told(values_ms: list[float]) -> str:
    p95_ms = statistics.quantiles(values_ms, n=20)[-1]
    return f"p50 {statistics.median(values_ms):4.0f} ms p95 {p95_ms:4.0f} ms"


def main() -> None:
    """Make, fill, ask."""
    print(f"{ACTIVITIES} activities of 40 to 60 minutes; {ROUNDS} rounds, target {TARGET_MS} ms")
    with new_home() as environment, opened_home(environment) as runtime:
        with runtime.sessions.begin() as session:
            athlete_id, _ = fill(session)
        for line in measure(runtime.sessions, athlete_id):
            print(line, flush=True)


if __name__ == "__main__":
    main()
