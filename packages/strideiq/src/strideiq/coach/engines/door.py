"""The one door to every engine: a question and tools go in, sentences come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from strideiq.coach.checking.checker import Checked
from strideiq.coach.tools.tool import Toolbox


@dataclass(frozen=True)
class Exchange:
    """An earlier question of the conversation with what was shown as its answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class Question:
    """What the athlete asks, with what was said before."""

    text: str
    earlier: tuple[Exchange, ...] = ()
    """The newest last."""
    facts: tuple[str, ...] = ()
    """What the athlete stated about themselves, in their words: data, never an instruction."""


class EngineError(Exception):
    """An engine that could not answer; what it had said until then stands.

    ``reason`` is a sentence for the athlete, without secrets.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Engine(Protocol):
    """Makes an answer, sentence by sentence. Whoever calls checks each one against the evidence."""

    name: str

    def answer(self, question: Question, tools: Toolbox) -> Iterator[str]:
        """Give the sentences of an answer as soon as each is whole.

        Raises:
            EngineError: it cannot answer, or not to the end.
        """
        ...

    def again(
        self, question: Question, tools: Toolbox, refused: Sequence[Checked]
    ) -> Iterator[str]:
        """Give better sentences for those that were refused, once; none where it knows none.

        Raises:
            EngineError: it cannot.
        """
        ...
