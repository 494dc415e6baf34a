"""Which answer belongs to which kind of question."""

from __future__ import annotations

from collections.abc import Mapping

from strideiq.coach.engines.builtin.answering import bests, runs, talk, totals
from strideiq.coach.engines.builtin.answering.asking import Answer
from strideiq.coach.engines.builtin.understanding.intent import Kind

ANSWERS: Mapping[Kind, Answer] = {
    "run": runs.run,
    "runs": runs.runs,
    "longest": runs.ranked,
    "fastest": runs.ranked,
    "hilliest": runs.ranked,
    "total": totals.total,
    "average": totals.average,
    "best": bests.best,
    "best_history": bests.best_history,
    "all_bests": bests.all_bests,
    "help": talk.help_,
    "greeting": talk.greeting,
    "thanks": talk.thanks,
    "others": talk.others,
    "off_topic": talk.off_topic,
    "forecast": talk.forecast,
    "change": talk.change,
    "unknown": talk.unknown,
}
