"""What is worth asking today, from how the athlete stands: each with what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from strideiq.coach.checking.checker import Checked, check
from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, trend, values
from strideiq.coach.engines.builtin.answering.form import TIRED
from strideiq.coach.engines.builtin.answering.phrasing import Phrases, whole
from strideiq.coach.engines.builtin.understanding.intent import Intent
from strideiq.coach.tools.tool import Found, Toolbox, ToolRefusedError

QUIET_DAYS = 4
"""From how many days without a run on it is worth a word."""
SEEN_DAYS = 7
CHECK_INS_LEAST = 4
"""Of the mornings of a week."""
EFFICIENCY_DAYS = 120
SHOWN_MAX = 4


@dataclass(frozen=True)
class Suggestion:
    """A question to tap, and why it is worth asking now."""

    kind: str
    """For example ``long_run_tomorrow``."""
    question: str
    """As the athlete would ask it."""
    because: Checked
    """The sentence that it rests on, with its citations: checked like any other."""


Found_ = Iterator[tuple[str, str, str]]
"""Kind, question and sentence of what was found."""


def suggestions(tools: Toolbox, say: Phrases) -> list[Suggestion]:
    """What to ask today, the most pressing first; nothing whose sentence does not hold."""
    asking = Asking(Intent("state"), tools, say)
    found = []
    for look in _LOOKS:
        try:
            found += list(look(asking))
        except ToolRefusedError:
            continue
    kept = []
    for kind, question, sentence in found:
        (judged,) = check([sentence], tools.evidence, tools.scope.today)
        if judged.shown:
            kept.append(Suggestion(kind, question, judged))
    return kept[:SHOWN_MAX]


def _run_just_done(asking: Asking) -> Found_:
    found = asking.call("one_run")
    run = next(iter(subjects(found, "activity")), None)
    if run is None or run.first_day is None:
        return
    if run.first_day >= asking.today - timedelta(days=1):
        far = asking.say.distance(values(found, run).get("distance", 0.0), 2)
        sentence = (
            f"Your last run was {asking.say.called(run)} {asking.say.on(run.first_day)}: {far}."
        )
        yield "run_just_done", "How was my last run?", sentence


def _long_run_tomorrow(asking: Asking) -> Found_:
    found = asking.call("plan_week", which="tomorrow")
    for one in _planned(found):
        if one.name.lower().startswith("long"):
            far = asking.say.distance(values(found, one)["planned_distance"])
            yield (
                "long_run_tomorrow",
                "What should I run tomorrow?",
                f"Tomorrow's workout is {asking.say.called(one)}, planned {far}.",
            )


def _planned(found: Found) -> list[Subject]:
    return [one for one in found.subjects if one.kind == "workout"]


def _form(asking: Asking) -> Found_:
    found = asking.call("load", weeks=1)
    now = next((one for one in subjects(found, "fitness") if one.first_day == asking.today), None)
    if now is not None and values(found, now)["form"] < TIRED:
        sentence = f"Your form is {whole(values(found, now)['form'])} today."
        yield "tired", "Should I run today?", sentence


def _no_run(asking: Asking) -> Found_:
    found = asking.call("rest_days")
    for one in subjects(found, "rest"):
        days = values(found, one)["days"]
        if "since your last run" in one.aliases and days >= QUIET_DAYS:
            sentence = f"It is {days:.0f} days since your last run."
            yield "no_run", "What should I do today?", sentence


def _efficiency(asking: Asking) -> Found_:
    found = asking.call("efficiency", days=EFFICIENCY_DAYS)
    change = trend(found, "efficiency")
    if change is not None and change.direction == "up":
        sentence = f"Your efficiency has improved over the last {EFFICIENCY_DAYS} days."
        yield "efficiency", "Am I getting more efficient?", sentence


def _check_ins(asking: Asking) -> Found_:
    found = asking.call("check_ins", days=SEEN_DAYS, what=["sleep"])
    whole = next(iter(subjects(found, "period")), None)
    if whole is None:
        return
    count = values(found, whole)["check_ins"]
    if count < CHECK_INS_LEAST:
        sentence = f"You made {count:.0f} check-ins in the last {SEEN_DAYS} days."
        yield "check_ins", "How did I sleep this week?", sentence


_LOOKS: tuple[Callable[[Asking], Found_], ...] = (
    _form,
    _no_run,
    _run_just_done,
    _long_run_tomorrow,
    _check_ins,
    _efficiency,
)
