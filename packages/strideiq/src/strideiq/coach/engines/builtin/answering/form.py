"""Answers about what the runner could do now: paces, predictions, fitness, load, efficiency."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strideiq.coach.checking.evidence import Subject, Trend
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, trend, values
from strideiq.coach.engines.builtin.answering.bests import named, spoken
from strideiq.coach.engines.builtin.answering.phrasing import whole
from strideiq.coach.engines.builtin.understanding.intent import RunAsked
from strideiq.coach.tools.tool import Found
from strideiq.platform.formats import duration_text

WEEKS = 4
WEEKS_MAX = 52
EFFICIENCY_DAYS = 120
KINDS = ("easy", "marathon", "threshold", "interval", "repetition")
WORDS = {
    "vo2": "interval",
    "tempo": "threshold",
    "long run": "easy",
    "recovery": "easy",
    "reps": "repetition",
}
USE = {
    "easy": "Keep your easy runs in there, slow enough to talk.",
    "marathon": "It is for long runs with a purpose, in the weeks before a marathon.",
    "threshold": "Hold it for 20 minutes at most without a break, comfortably hard.",
    "interval": "Run repeats of a few minutes at it, with full rest.",
    "repetition": "It is for short and fast repeats with full rest.",
}
_TOO_MUCH = re.compile(
    r"\b(?:over ?(?:train|do|cook|reach)\w*|burn\w* out|too (?:much|hard|often))\b"
)
MONOTONOUS = 2.0
"""From what monotony on days are too much alike."""
TIRED, FRESH = -20.0, 5.0
"""Bounds of form in common use: below the first very tired, above the second fresh."""
DRIFTING = 5.0
"""From what decoupling on, in percent, a run was long or hard for the runner."""


def paces(asking: Asking) -> Iterator[str]:
    """One training pace, or all five."""
    found = asking.call("training_paces")
    known = {one.row_id: one for one in subjects(found, "training_pace")}
    if not known:
        yield _no_index()
        return
    wanted = _kind_of_pace(asking)
    for kind in [wanted] if wanted else KINDS:
        if kind in known:
            yield _range(asking, found, known[kind], kind)
    if wanted:
        yield USE[wanted].replace("for 20 minutes at most", "as long as you can keep it even")
    else:
        yield "They come from your races and hard efforts, and move when those do."


def _no_index() -> str:
    return (
        "I cannot tell yet: a race or a hard effort over at least a mile, recorded with its "
        "distance, is missing."
    )


def _kind_of_pace(asking: Asking) -> str:
    words = asking.intent.words
    for word, kind in {**{kind: kind for kind in KINDS}, **WORDS}.items():
        if word in words:
            return kind
    return ""


def _range(asking: Asking, found: Found, subject: Subject, kind: str) -> str:
    """The pace, or from where to where; a range reads as two paces."""
    ends = [one.value for one in found.figures if one.subject == subject and one.quantity == "pace"]
    fastest, slowest = min(ends), max(ends)
    say = asking.say
    if say.pace(fastest) == say.pace(slowest):
        return f"Your {kind} pace: {say.pace(fastest)}."
    return f"Your {kind} pace: from {say.pace(slowest)} to {say.pace(fastest)}."


def predict(asking: Asking) -> Iterator[str]:
    """What a race over a distance could become."""
    name = named(asking.intent.distance_m)
    found = asking.call("race_equivalents", distance=name)
    races = subjects(found, "race_equivalent")
    if not races and name is not None:
        found = asking.call("race_equivalents")
        races = []
    if not races:
        yield _no_index() if found.missing else "I have no estimate for races of that distance."
        return
    for one in races:
        yield predicted(found, one)
    if len(races) == 1:
        pace = values(found, races[0]).get("target_pace")
        if pace:
            yield f"The target pace for it: {asking.say.pace(pace)}."
        yield "It is estimated from your races and hard efforts, for a level course and a good day."
    else:
        yield "They come from your races and hard efforts, for level courses and good days."


def predicted(found: Found, race: Subject) -> str:
    """The time that a race could become, with what is likely around it."""
    own = [one for one in found.figures if one.subject == race]
    time = next(one.value for one in own if one.quantity == "predicted_time")
    ends = [one.value for one in own if one.quantity == "likely_time"]
    text = f"Your predicted {spoken(_titled(race.row_id))} time: {duration_text(time)}"
    if ends:
        text += f", likely from {duration_text(min(ends))} to {duration_text(max(ends))}"
    return f"{text}."


def _titled(name: str) -> str:
    return name.capitalize() if name in {"half marathon", "marathon"} else name


def fitness(asking: Asking) -> Iterator[str]:
    """Fitness, fatigue and form of today, and what they mean."""
    found = asking.call("load", weeks=WEEKS)
    today = _standing(asking, found)
    if today is None:
        yield "I cannot tell your fitness yet: no activity is recorded."
        return
    known = values(found, today)
    yield (
        f"Today your fitness is {known['fitness']:.0f}, your fatigue {known['fatigue']:.0f} "
        f"and your form {whole(known['form'])}."
    )
    if _TOO_MUCH.search(asking.intent.words):
        yield (
            "Your form points to too much of it."
            if known["form"] < TIRED
            else "By these figures you are not overtrained."
        )
    yield _meaning(known["form"])
    change = trend(found, "fitness")
    if change is not None:
        yield _fitness_change(change)


def _standing(asking: Asking, found: Found) -> Subject | None:
    return next((one for one in subjects(found, "fitness") if one.first_day == asking.today), None)


def _meaning(form: float) -> str:
    if form < TIRED:
        return "You carry a lot of fatigue: take an easy day or a day off before anything hard."
    if form > FRESH:
        return "You are fresh: it is a good time for a race or a hard session."
    return "That is a balance in which training can go on as planned."


def _fitness_change(change: Trend, weeks: int = WEEKS) -> str:
    words = {
        "up": f"Your fitness has risen compared with {weeks} weeks ago.",
        "down": f"Your fitness has fallen compared with {weeks} weeks ago.",
        "flat": f"Your fitness has stayed about the same as {weeks} weeks ago.",
    }
    return words[change.direction]


def fitness_trend(asking: Asking) -> Iterator[str]:
    """Whether fitness went up over some weeks."""
    weeks = _weeks(asking)
    found = asking.call("load", weeks=weeks)
    today = _standing(asking, found)
    change = trend(found, "fitness")
    if today is None or change is None:
        yield "I cannot tell a trend yet: activities of the weeks before are missing."
        return
    yield _fitness_change(change, weeks)
    then = [one for one in subjects(found, "fitness") if one.first_day != asking.today]
    now = values(found, today)["fitness"]
    if then:
        before = values(found, then[0])["fitness"]
        yield f"Today your fitness is {now:.0f}; {weeks} weeks ago your fitness was {before:.0f}."
    if change.direction == "down":
        yield "Build it again step by step, with easy running first."
    else:
        yield "Keep most of it easy, so that it can go on."


def _weeks(asking: Asking) -> int:
    """How many weeks a trend is told of."""
    period = asking.intent.period
    if period is None or period.first is None:
        return WEEKS
    days = (asking.today - period.first).days + 1
    return max(2, min(round(days / 7), WEEKS_MAX))


def load(asking: Asking) -> Iterator[str]:
    """The training load of a week, and of the one before."""
    found = asking.call("load", weeks=WEEKS)
    weeks = {alias: one for one in subjects(found, "week") for alias in one.aliases}
    if not weeks:
        yield "I cannot tell your load yet: no activity is recorded."
        return
    period = asking.intent.period
    asked = "this week" if period is None else asking.say.period(period)
    if period is not None and (period.days, period.last) == (7, asking.today):
        for one in subjects(found, "load_week"):
            if one.last_day == asking.today:
                sum_ = values(found, one)["load"]
                yield f"Your training load of the last seven days: {sum_:.0f}."
    if asked not in weeks:
        yield from _earlier_week(asking, found)
        return
    yield f"Your training load {asked}: {values(found, weeks[asked])['load']:.0f}."
    other = "last week" if asked == "this week" else "this week"
    if other in weeks:
        yield f"The load {other}: {values(found, weeks[other])['load']:.0f}."
    yield "Load adds up how long and how hard you trained, easy and hard days together."


def _earlier_week(asking: Asking, found: Found) -> Iterator[str]:
    """Week by week, where the days that were asked for are not this week or the last."""
    yield "I have your load week by week."
    for one in subjects(found, "week"):
        if one.first_day is None or one.last_day is None:
            continue
        alias = next(iter(one.aliases), "")
        when = alias or (
            f"from {asking.say.dated(one.first_day)} to {asking.say.dated(one.last_day)}"
        )
        yield f"The load {when} was {values(found, one)['load']:.0f}."


def monotony(asking: Asking) -> Iterator[str]:
    """How much the days of the last week were alike."""
    found = asking.call("load", weeks=1)
    today = _standing(asking, found)
    known = values(found, today) if today else {}
    if "monotony" not in known:
        yield "I cannot tell how monotonous it is: some days with a load are missing in this week."
        return
    yield f"Today your monotony is {known['monotony']:.1f}."
    if known["monotony"] >= MONOTONOUS:
        yield "That is high: make easy days easier and leave a day out, so that hard ones can work."
    else:
        yield "Your days differ enough: hard, easy and free ones take turns."


def efficiency(asking: Asking) -> Iterator[str]:
    """Whether more ground is covered with each heartbeat."""
    days = _days(asking)
    found = asking.call("efficiency", days=days)
    change = trend(found, "efficiency")
    if not found.figures:
        yield (
            "I cannot tell your efficiency: runs of half an hour and longer with a heart rate "
            "are missing."
        )
        return
    when = f"over the last {days} days"
    if change is None:
        yield f"I see no clear trend in your efficiency {when}: the runs differ too much."
    elif change.direction == "flat":
        yield f"Your efficiency has stayed steady {when}."
    else:
        way = "improved" if change.direction == "up" else "fallen"
        yield f"Your efficiency has {way} {when}."
    yield from _metres_per_beat(asking, found)


def _metres_per_beat(asking: Asking, found: Found) -> Iterator[str]:
    del asking
    for one in subjects(found, "period"):
        known = values(found, one)
        if "lately" in one.aliases and "efficiency" in known:
            yield f"Lately your efficiency is {known['efficiency']:.2f}."
            yield "It tells how far each heartbeat takes you, in metres."


def _days(asking: Asking) -> int:
    period = asking.intent.period
    if period is None or period.first is None:
        return EFFICIENCY_DAYS
    return max(14, min((asking.today - period.first).days + 1, 800))


def heart_rate_trend(asking: Asking) -> Iterator[str]:
    """The heart rate at the same pace, which is what efficiency tells."""
    yield "A heart rate by itself says little, so I look at how far each heartbeat takes you."
    yield from efficiency(asking)


def decoupling(asking: Asking) -> Iterator[str]:
    """How far heart and pace drifted apart in a run."""
    found = asking.call("efficiency", days=EFFICIENCY_DAYS)
    runs = [one for one in subjects(found, "activity") if "decoupling" in values(found, one)]
    asked = asking.intent.run
    if asked is not None and asked.sort == "long":
        runs = [one for one in runs if "long" in one.name.lower()] or runs
    if asked is not None and asked.day is not None:
        runs = [one for one in runs if one.first_day == asked.day.first]
    if not runs:
        yield (
            "I cannot tell the drift of that run: half an hour of running with a heart rate is "
            "missing in it."
        )
        return
    if asked is not None and asked == RunAsked():
        yield "I can tell it only of runs that are long enough and have a heart rate."
    run = runs[0]
    drift = values(found, run)["decoupling"]
    when = asking.say.on(run.first_day) if run.first_day else ""
    name = asking.say.called(run)
    yield f"{name[:1].upper()}{name[1:]} {when}: a decoupling of {drift:.1f} %."
    if drift >= DRIFTING:
        yield "That is a lot: it was long, hot or hard for you, so slow down earlier next time."
    else:
        yield "Heart and pace kept together well: your endurance carries that distance."
