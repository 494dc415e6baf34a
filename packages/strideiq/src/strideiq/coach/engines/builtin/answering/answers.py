"""Which answer belongs to which kind of question."""

from __future__ import annotations

from collections.abc import Mapping

from strideiq.coach import briefing
from strideiq.coach.engines.builtin.answering import (
    bests,
    body,
    comparing,
    comparing_runs,
    form,
    inside,
    language,
    medical,
    plan,
    ready,
    runs,
    state,
    talk,
    totals,
)
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
    "splits": inside.splits,
    "intervals": inside.intervals,
    "zones": inside.zones,
    "paces": form.paces,
    "predict": form.predict,
    "fitness": form.fitness,
    "fitness_trend": form.fitness_trend,
    "load": form.load,
    "monotony": form.monotony,
    "efficiency": form.efficiency,
    "heart_rate_trend": form.heart_rate_trend,
    "decoupling": form.decoupling,
    "planned": plan.planned,
    "plan_done": plan.plan_done,
    "race_goal": plan.race_goal,
    "today": plan.today,
    "compare_periods": comparing.periods,
    "compare_runs": comparing_runs.runs,
    "races": comparing.races,
    **dict.fromkeys(
        ("sleep", "resting_heart_rate", "hrv", "mood", "soreness", "stress"), body.morning
    ),
    "check_ins": body.check_ins,
    "weight": body.weight,
    "nutrition": body.nutrition,
    "relation": body.relation,
    "injuries": medical.injuries,
    "medical": medical.medical,
    "state": state.state,
    "gear": state.gear,
    "rest_days": state.rest_days,
    "briefing": briefing.morning,
    "review": briefing.week,
    "ready": ready.ready,
    "language": language.language,
    "help": talk.help_,
    "greeting": talk.greeting,
    "thanks": talk.thanks,
    "others": talk.others,
    "off_topic": talk.off_topic,
    "forecast": talk.forecast,
    "change": talk.change,
    "unknown": talk.unknown,
}
