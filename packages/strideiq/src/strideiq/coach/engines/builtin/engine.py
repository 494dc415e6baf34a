"""The built-in engine: reads a question by rules, looks it up, and says what it found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from strideiq.athletes import public as athletes
from strideiq.coach.checking.checker import Checked
from strideiq.coach.engines.builtin.answering.answers import ANSWERS
from strideiq.coach.engines.builtin.answering.asking import Asking
from strideiq.coach.engines.builtin.answering.following_up import next_question
from strideiq.coach.engines.builtin.answering.meaning import meaning
from strideiq.coach.engines.builtin.answering.medical import beside
from strideiq.coach.engines.builtin.answering.phrasing import Phrases
from strideiq.coach.engines.builtin.understanding.distances import asked_unit
from strideiq.coach.engines.builtin.understanding.understand import understand
from strideiq.coach.engines.door import EngineError, Question
from strideiq.coach.tools.tool import Scope, Toolbox, ToolRefusedError

NAME = "built-in"
EARLIER_READ = 3
"""How many earlier questions a short one may lean on."""


class BuiltinEngine:
    """Answers without any model, and so without anything leaving the machine."""

    name = NAME

    def answer(self, question: Question, tools: Toolbox) -> Iterator[str]:
        """Give the sentences of an answer.

        Raises:
            EngineError: a tool refused what it was asked.
        """
        earlier = tuple(one.question for one in question.earlier[-EARLIER_READ:])
        intent = understand(question.text, tools.scope.today, earlier)
        say = replace(phrases_of(tools.scope), asked_unit=asked_unit(intent.words))
        asking = Asking(intent, tools, say)
        try:
            if intent.language and intent.kind != "language":
                yield "I understood that, but I answer in English only so far."
            yield from meaning(asking)
            yield from ANSWERS.get(intent.kind, ANSWERS["unknown"])(asking)
            if intent.hurts:
                yield from beside(asking)
            elif tools.evidence.figures and (further := next_question(intent.kind)):
                yield further
        except ToolRefusedError as error:
            raise EngineError("I could not look that up in your log.") from error

    def again(
        self, question: Question, tools: Toolbox, refused: Sequence[Checked]
    ) -> Iterator[str]:
        """Give nothing: its sentences are made from evidence, and there are no better ones."""
        del question, tools, refused
        return iter(())


def phrases_of(scope: Scope) -> Phrases:
    """Words for figures in the units of the athlete."""
    units = athletes.athlete_of(scope.session, scope.athlete_id).units
    return Phrases(metric=units == "metric", today=scope.today)
