"""Answers that need no figure: what the coach can do, and what it cannot or must not."""

from __future__ import annotations

from collections.abc import Iterator

from strideiq.coach.engines.builtin.answering.asking import Asking
from strideiq.coach.engines.builtin.understanding.concepts import concepts


def help_(asking: Asking) -> Iterator[str]:
    """What can be asked."""
    del asking
    yield (
        "Ask me about your runs, your totals, your personal bests, your splits and intervals, "
        "your fitness and training load, your plan, and your sleep, mood and weight."
    )
    yield (
        "For example: how was my last run, how far did I run altogether, what could I run for "
        "a half marathon, what should I do today, or does sleep affect my pace?"
    )
    yield "I say only what I find in your own log, and each figure links to where it comes from."


def greeting(asking: Asking) -> Iterator[str]:
    """A word back, with something to begin with."""
    del asking
    yield "Hello! Ask me how your last run was, how your training is going, or what is planned."


def thanks(asking: Asking) -> Iterator[str]:
    """A word back."""
    del asking
    yield "You are welcome. Ask me about your training again."


def others(asking: Asking) -> Iterator[str]:
    """Nobody else's record can be seen from here."""
    del asking
    yield "I see only your own log and nobody else's, so I cannot tell."
    yield "Ask me the same of your own running and I will look it up."


def off_topic(asking: Asking) -> Iterator[str]:
    """What is not in the record."""
    del asking
    yield "That is not something that I can answer: I know only your own training log."
    yield ("Ask me about your runs, bests, plan, fitness or how you slept, and I will look it up.")


def forecast(asking: Asking) -> Iterator[str]:
    """The weather to come is in no record, and no order of runs is by the weather."""
    if "weather_rank" in concepts(asking.intent.words):
        yield "The weather is no order that I can sort by."
        yield "Ask me for the temperature of a run by its day."
        return
    yield "I cannot tell the weather to come: I know only your own training log."
    yield "Ask me what is planned for that day, if you like."


def change(asking: Asking) -> Iterator[str]:
    """Nothing is written from here."""
    del asking
    yield "I do not change anything by myself: I read your log and answer from it."
    yield "In your calendar you can move, edit or skip a workout, and every change can be undone."


def unknown(asking: Asking) -> Iterator[str]:
    """A question that was not understood."""
    del asking
    yield "I did not understand that well enough to look it up, and I would rather not guess."
    yield (
        "Try it with other words: for example, how far did I run altogether, what are my "
        "training paces, how is my form, or what is planned?"
    )
