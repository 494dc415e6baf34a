"""The engine: a model with the tools of the turn, heard sentence by sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from strideiq.coach.checking.checker import Checked
from strideiq.coach.checking.sentences import sentences
from strideiq.coach.engines.door import EngineError, Question
from strideiq.coach.engines.language_model import failures, outgoing
from strideiq.coach.engines.language_model.configuration import Configuration
from strideiq.coach.engines.language_model.running import driven
from strideiq.coach.engines.language_model.spending import Spending, Unlimited, Used
from strideiq.coach.tools.tool import Toolbox

if TYPE_CHECKING:
    from pydantic_ai.models import Model

SENTENCES_MAX = 60


class LanguageModelEngine:
    """Answers by a language model. It keeps nothing from one turn to the next."""

    def __init__(
        self,
        configuration: Configuration,
        spending: Spending | None = None,
        connect: Callable[[Configuration], Model] | None = None,
    ) -> None:
        self.name: str = configuration.kind
        self._configuration = configuration
        self._spending = spending or Unlimited(configuration.limits)
        self._connect = connect

    def answer(self, question: Question, tools: Toolbox) -> Iterator[str]:
        """Give the sentences of an answer as soon as each is whole.

        Raises:
            EngineError: it cannot answer, or not to the end.
        """
        text = outgoing.question_text(question, tools.scope.today, self._configuration)
        said = False
        for sentence in self._said(text, tools):
            said = True
            yield sentence
        if not said:
            raise EngineError(failures.NOTHING)

    def again(
        self, question: Question, tools: Toolbox, refused: Sequence[Checked]
    ) -> Iterator[str]:
        """Give better sentences for those that were refused, once.

        Raises:
            EngineError: it cannot.
        """
        yield from self._said(
            outgoing.again_text(question, tools, refused, self._configuration), tools
        )

    def preview(self, question: Question, tools: Toolbox) -> str:
        """All that would leave this machine for a question, to be read before it is asked."""
        return outgoing.sent_in_all(question, tools, self._configuration)

    def _said(self, text: str, tools: Toolbox) -> Iterator[str]:
        allowance = self._spending.hold(tools.scope.athlete_id)
        used = Used()
        within = replace(self._configuration, limits=allowance.within(self._configuration.limits))
        try:
            with closing(self._pieces(text, tools, within, used)) as pieces:
                for number, sentence in enumerate(sentences(pieces)):
                    if number >= SENTENCES_MAX:
                        raise EngineError(failures.ENDLESS)
                    if not outgoing.is_instruction(sentence):
                        yield sentence
        finally:
            self._spending.settle(tools.scope.athlete_id, allowance, used)

    def _pieces(
        self, text: str, tools: Toolbox, within: Configuration, used: Used
    ) -> Generator[str]:
        """The pieces of a run; whatever goes wrong in it is told in a plain sentence."""
        try:
            from strideiq.coach.engines.language_model import agent, connecting, reasons
        except ImportError:
            raise EngineError(failures.NOT_INSTALLED) from None

        def run() -> AsyncIterator[str]:
            model = (self._connect or connecting.connected)(within)
            return agent.pieces(text, tools, model, within, used)

        try:
            yield from driven(run, within.limits.turn_s)
        except EngineError:
            raise
        except Exception as error:  # noqa: BLE001  libraries of providers raise what they like
            # Without its cause: that could hold a key, or what somebody wrote.
            raise EngineError(reasons.reason(error)) from None
