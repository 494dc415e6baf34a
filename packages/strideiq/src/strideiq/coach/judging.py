"""One engine's answer, judged sentence by sentence: what the evidence says is shown, else not."""

from __future__ import annotations

import unicodedata
from collections.abc import Generator, Iterable, Iterator
from itertools import islice

from strideiq.coach.checking.checker import Checked, Checking
from strideiq.coach.checking.evidence import Evidence
from strideiq.coach.citations import citations
from strideiq.coach.engines.door import Engine, Question
from strideiq.coach.events import Said, Withheld
from strideiq.coach.tools.tool import Toolbox

BUILTIN = "built-in"
"""The engine whose sentences are made from what it computed."""
SENTENCES_MAX = 60
"""The most sentences that are heard of one answer: an engine that goes in circles ends there."""
SENTENCE_LENGTH_MAX = 1200
"""Characters; nothing longer is a sentence."""


def judged(
    engine: Engine, question: Question, tools: Toolbox, *, metric: bool = True
) -> Iterator[Said | Withheld]:
    """Let an engine answer; what is refused may be said better once, and is left out otherwise.

    Raises:
        EngineError: the engine could not go on; what was given until then stands.
    """
    judge = _Judge(tools, metric=metric, strict=engine.name != BUILTIN)
    refused: list[Checked] = []
    for one in judge.of(engine.answer(question, tools)):
        if isinstance(one, Said):
            yield one
        else:
            refused.append(one)
    if refused:
        yield from _second_round(judge, engine.again(question, tools, refused), refused)


def _second_round(
    judge: _Judge, better: Iterable[str], refused: list[Checked]
) -> Iterator[Said | Withheld]:
    left = list(refused)
    for one in judge.of(better):
        if isinstance(one, Said):
            yield one
        else:
            yield Withheld(one.sentence, one.why)
        if left:  # each better sentence stands for one that was refused
            left.pop(0)
    for checked in left:
        yield Withheld(checked.sentence, checked.why)


class _Judge:
    """Judges sentences in the context of those that were shown before."""

    def __init__(self, tools: Toolbox, *, metric: bool, strict: bool) -> None:
        self._tools = tools
        self._metric = metric
        self._shown: set[str] = set()
        self._steps, self._evidence = -1, Evidence()
        self._checking = Checking(tools.scope.today, strict=strict)

    def of(self, sentences: Iterable[str]) -> Iterator[Said | Checked]:
        try:
            for raw in islice(sentences, SENTENCES_MAX):
                sentence = plain_text(raw)
                if sentence and sentence not in self._shown:
                    yield self._judged(sentence)
        finally:
            if isinstance(sentences, Generator):
                sentences.close()

    def _evidence_now(self) -> Evidence:
        """The evidence, made anew only when another tool has been called."""
        if len(self._tools.steps) != self._steps:
            self._steps = len(self._tools.steps)
            self._evidence = self._tools.evidence
        return self._evidence

    def _judged(self, sentence: str) -> Said | Checked:
        if len(sentence) > SENTENCE_LENGTH_MAX:
            return Checked(f"{sentence[:80]}…", shown=False, why="it is longer than a sentence")
        evidence = self._evidence_now()
        checked = self._checking.judge(sentence, evidence)
        if not checked.shown:
            return checked
        self._shown.add(sentence)
        return Said(
            checked.sentence, tuple(citations(evidence, checked.citations, metric=self._metric))
        )


def plain_text(text: str) -> str:
    """Text on one line without characters that nobody sees.

    Those could turn figures around, or hide some from the check.
    """
    kept = (
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return " ".join("".join(kept).split())
