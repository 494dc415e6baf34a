"""The morning briefing and the review of a week, composed from tools, each sentence checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from strideiq.coach.checking.checker import Checked, check
from strideiq.coach.engines.builtin.answering import comparing, form, plan
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.phrasing import Phrases
from strideiq.coach.engines.builtin.answering.runs import plural
from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.intent import Intent, Period
from strideiq.coach.tools.tool import Toolbox, ToolRefusedError

Part = Callable[[Asking], Iterator[str]]


@dataclass(frozen=True)
class Written:
    """A text of checked sentences; what did not hold is not among them."""

    sentences: tuple[Checked, ...]
    left_out: int = 0
    """So many did not hold."""


def briefing(tools: Toolbox, say: Phrases) -> Written:
    """The morning, with each sentence judged: only what holds is in it."""
    return _written(tools, say, morning)


def review(tools: Toolbox, say: Phrases) -> Written:
    """The week that is over, with each sentence judged: only what holds is in it."""
    return _written(tools, say, week)


def morning(asking: Asking) -> Iterator[str]:
    """How the night was, what was run yesterday, what today holds, and the race to come."""
    for part in (_night, _yesterday, _today, _race):
        yield from part(asking)


def week(asking: Asking) -> Iterator[str]:
    """What was run of what was planned, beside the week before it, and form."""
    last = calendar.unit_span("week", -1, asking.today)
    for part in (_week, _week_before, _at(plan.plan_done, last), form.fitness, _race):
        yield from part(asking)


def _written(tools: Toolbox, say: Phrases, part: Part) -> Written:
    """A part's sentences, checked together by all that was found."""
    try:
        sentences = list(part(Asking(Intent("state"), tools, say)))
    except ToolRefusedError:
        sentences = []
    judged = check(sentences, tools.evidence, tools.scope.today)
    shown = tuple(one for one in judged if one.shown)
    return Written(shown, len(judged) - len(shown))


def _at(part: Part, period: Period) -> Part:
    """A part that is asked of certain days."""

    def asked(asking: Asking) -> Iterator[str]:
        intent = replace(asking.intent, period=period)
        yield from part(replace(asking, intent=intent))

    return asked


def _night(asking: Asking) -> Iterator[str]:
    """How the newest night was, where it is of this morning or the one before."""
    found = asking.call("check_ins", days=2, what=["sleep", "resting_heart_rate"])
    for one in subjects(found, "check_in"):
        known = values(found, one)
        if one.first_day is None:
            continue
        when = asking.say.on(one.first_day)
        if "sleep" in known:
            yield f"You noted {asking.say.sleep(known['sleep'])} of sleep {when}."
        elif "resting_heart_rate" in known:
            yield f"Your resting heart rate was {known['resting_heart_rate']:.0f} bpm {when}."


def _yesterday(asking: Asking) -> Iterator[str]:
    day = asking.today - timedelta(days=1)
    found = asking.call("one_run", day=day.isoformat())
    for one in subjects(found, "activity"):
        far = asking.say.distance(values(found, one).get("distance", 0.0), 2)
        yield f"Yesterday you ran {asking.say.called(one)}, {far}."


def _today(asking: Asking) -> Iterator[str]:
    """What today holds; of somebody without a plan, whether the body is ready."""
    planned = subjects(asking.call("plan_week", which="today"), "plan")
    yield from (plan.today if planned else plan.ready)(asking)


def _race(asking: Asking) -> Iterator[str]:
    found = asking.call("plan_week", which="this_week")
    if subjects(found, "plan"):
        yield next(iter(plan.race_goal(asking)))


def _week(asking: Asking) -> Iterator[str]:
    found = asking.call("totals", which="last_week")
    for one in subjects(found, "period"):
        known = values(found, one)
        if not known.get("runs"):
            yield "There were 0 runs last week."
            return
        count = known["runs"]
        yield (
            f"Last week you ran {asking.say.distance(known['distance'])} in {count:.0f} "
            f"{plural('run', count)}, {asking.say.hours(known['duration'])} in motion."
        )


def _week_before(asking: Asking) -> Iterator[str]:
    """What the week before had, and which way it went from there."""
    last = calendar.unit_span("week", -1, asking.today)
    before = calendar.unit_span("week", -2, asking.today)
    yield from comparing.against(asking, last, before)
