"""One thing to ask next, where an answer leads to another question."""

from __future__ import annotations

from collections.abc import Mapping

from strideiq.coach.engines.builtin.understanding.intent import Kind

NEXT: Mapping[Kind, str] = {
    "run": "how even were the splits of it?",
    "splits": "in which zones was it?",
    "zones": "how even were the splits of it?",
    "longest": "what are my personal bests?",
    "hilliest": "what are my personal bests?",
    "fastest": "what are my personal bests?",
    "total": "what do I run in a usual week?",
    "average": "when do I usually run?",
    "biggest": "when do I usually run?",
    "best": "what could I race now?",
    "best_history": "what could I race now?",
    "all_bests": "what could I race now?",
    "predict": "am I ready for it?",
    "ready": "what are my training paces?",
    "paces": "what is my next workout?",
    "fitness": "how monotonous is my training?",
    "fitness_trend": "how is my form?",
    "load": "how is my form?",
    "monotony": "do I need a rest day?",
    "planned": "did I keep to my plan?",
    "plan_done": "what is my next workout?",
    "race_goal": "am I ready for my race?",
    "races": "what are my personal bests?",
    "sleep": "does my sleep affect my pace?",
    "hrv": "does my HRV affect my pace?",
    "compare_runs": "am I getting fitter?",
    "state": "what is my next workout?",
}
"""By what was answered; no question names days, for it is told whatever was looked at."""
ASK = "Ask me next: "


def next_question(kind: Kind) -> str | None:
    """A sentence with what could be asked next; None where nothing suggests itself."""
    question = NEXT.get(kind)
    return f"{ASK}{question}" if question else None
