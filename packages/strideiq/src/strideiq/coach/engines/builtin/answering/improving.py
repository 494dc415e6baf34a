"""Answers to wishes: whether a day of rest is due, and what the log shows on getting faster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from strideiq.coach.engines.builtin.answering import form, plan, state, totals
from strideiq.coach.engines.builtin.answering.asking import Answer, Asking


def rest_needed(asking: Asking) -> Iterator[str]:
    """Form, load, the last day of rest and what is planned: the athlete decides."""
    yield "Only you can feel that, so here is what your log shows."
    yield from plan.ready(asking)
    yield from _first(form.load, asking)
    yield from _first(state.rest_days, asking, sentences=2)
    yield from list(plan.today(asking))[:1]


def improve(asking: Asking) -> Iterator[str]:
    """What a usual week has, where fitness went, and the paces to train at."""
    yield "I promise no result, but this is what your log shows."
    yield from _first(totals.average, asking)
    yield from _first(form.fitness_trend, asking)
    for kind in ("easy", "interval"):
        words = f"{kind} pace"
        yield from _first(form.paces, replace(asking, intent=replace(asking.intent, words=words)))
    yield "Run most of it easy and a little of it hard, go further in small steps, and rest."


def _first(answer: Answer, asking: Asking, sentences: int = 1) -> Iterator[str]:
    """The beginning of an answer, asked without its days."""
    intent = replace(asking.intent, period=None)
    yield from list(answer(replace(asking, intent=intent)))[:sentences]
