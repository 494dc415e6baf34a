"""Answers about single runs and lists of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.choosing import chosen_run, nothing_found
from strideiq.coach.engines.builtin.answering.phrasing import Phrases, joined
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found
from strideiq.platform.formats import duration_text

_NOTES = re.compile(r"\b(?:notes?|comments?|i (?:write|wrote)|wrote|written)\b")
LISTED = 7
"""Runs of a list that are told one by one."""
LIST_ASKED_MAX = 60


def run(asking: Asking) -> Iterator[str]:
    """One run: what it was, and one thing worth saying of it."""
    found = chosen_run(asking)
    if not found.figures:
        yield nothing_found(asking)
        return
    subject = subjects(found)[0]
    known = values(found, subject)
    field = asking.intent.field
    if _NOTES.search(asking.intent.words):
        noted = bool(found.rows and found.rows[0].get("notes"))
        yield "Your note on it stands on its page." if noted else "It has no note of yours."
    told = _one_figure(asking.say, known, field) if field else ""
    if field and not told:
        yield f"No {_NAMES.get(field, field)} was recorded for {asking.say.called(subject)}."
    if told:
        yield f"{_lead(asking, subject)}: {told}."
        rest = [part for part in (summary(asking.say, known),) if part]
        if rest and field != "distance":
            yield f"It was {rest[0]}."
        return
    yield f"{_lead(asking, subject)}: {summary(asking.say, known)}."
    heart = _heart(known)
    climb = known.get("ascent")
    parts = [heart] if heart else []
    if climb is not None and climb >= 1:
        parts.append(f"a climb of {asking.say.climb(climb)}")
    if parts:
        yield f"It had {joined(parts)}."
    yield from _said_of_it(found, known)
    if asking.intent.why:
        yield "Why, your log does not say: look at your sleep, the hills and the days before."


def since(asking: Asking) -> Iterator[str]:
    """How long ago a run was: its day, and the days from there."""
    found = chosen_run(asking)
    if not found.figures:
        yield nothing_found(asking)
        return
    subject = subjects(found)[0]
    day = subject.first_day or asking.today
    days = (asking.today - day).days
    when = "today" if not days else "yesterday" if days == 1 else f"{days} days ago"
    dated = f" {asking.say.on(day)}" if days > 1 else ""
    yield f"That was {when}: {asking.say.called(subject)}{dated}."
    yield f"It was {summary(asking.say, values(found, subject))}."


def _lead(asking: Asking, subject: Subject) -> str:
    """The beginning that says which run it is, by what a tool calls it, its name and its day."""
    say = asking.say
    when = say.on(subject.first_day) if subject.first_day else ""
    alias = next((one for one in subject.aliases if one.startswith("last ")), "")
    if alias:
        return f"Your {alias} was {say.called(subject)} {when}"
    return f"{say.called(subject)[:1].upper()}{say.called(subject)[1:]} {when}"


def summary(say: Phrases, known: Mapping[str, float]) -> str:
    """Distance, time and pace of a run, as far as they are known."""
    parts = []
    if "distance" in known:
        parts.append(say.distance(known["distance"], 2))
    if "duration" in known:
        parts.append(("in " if parts else "") + duration_text(known["duration"]))
    text = " ".join(parts)
    return f"{text}, a pace of {say.pace(known['pace'])}" if "pace" in known else text


def _heart(known: Mapping[str, float]) -> str:
    if "heart_rate" not in known:
        return ""
    text = f"an average heart rate of {known['heart_rate']:.0f} bpm"
    if "max_heart_rate" in known:
        text += f" with a peak heart rate of {known['max_heart_rate']:.0f} bpm"
    return text


_NAMES = {
    "heart_rate": "heart rate", "max_heart_rate": "peak heart rate", "ascent": "climb",
    "energy": "energy", "cadence": "cadence", "power": "power", "pace": "pace",
    "distance": "distance", "duration": "time", "temperature": "temperature",
}  # fmt: skip


def _one_figure(say: Phrases, known: Mapping[str, float], field: str) -> str:
    """The one figure that was asked for; empty where the run has none."""
    value = known.get(field)
    if value is None:
        return ""
    texts = {
        "distance": lambda: summary(say, known),
        "duration": lambda: f"{duration_text(value)} in motion",
        "pace": lambda: f"a pace of {say.pace(value)}",
        "heart_rate": lambda: f"an average heart rate of {value:.0f} bpm",
        "max_heart_rate": lambda: f"a peak heart rate of {value:.0f} bpm",
        "cadence": lambda: f"a cadence of {value:.0f} spm",
        "ascent": lambda: f"a climb of {say.climb(value)}",
        "power": lambda: f"a power of {value:.0f} W",
        "energy": lambda: f"{value:.0f} kcal of energy",
        "temperature": lambda: f"a temperature of {say.temperature(value)}",
    }
    return texts[field]() if field in texts else ""


def _said_of_it(found: Found, known: Mapping[str, float]) -> Iterator[str]:
    row = found.rows[0] if found.rows else {}
    effort, feeling = known.get("score"), row.get("feeling")
    if effort is not None:
        felt = f", and that it felt {feeling}" if feeling else ""
        yield f"You rated its effort {effort:.0f} out of 10{felt}."
    elif feeling:
        yield f"You said that it felt {feeling}."


def runs(asking: Asking) -> Iterator[str]:
    """The runs of a period, or the last so many."""
    intent = asking.intent
    if intent.other is not None and intent.period is not None and intent.period.one_day:
        yield from _of_days(asking, [intent.period, intent.other])
        return
    count = intent.count or (LISTED if intent.period is None else LIST_ASKED_MAX)
    found = asking.call_for("recent_runs", asking.bounded(intent.period), limit=count)
    rows = subjects(found)
    if not rows:
        yield nothing_found(asking)
        return
    if intent.period is not None and not intent.count:
        total = asking.call_for("totals", asking.bounded(intent.period))
        yield from _counted(asking, total)
    shown = rows if intent.count else rows[:LISTED]
    for subject in shown:
        known = values(found, subject)
        when = asking.say.on(subject.first_day) if subject.first_day else ""
        yield f"{_capital(when)}, {asking.say.called(subject)}: {summary(asking.say, known)}."
    if len(shown) < len(rows):
        yield "Your list of activities has all of them."


def _of_days(asking: Asking, days: list[Period]) -> Iterator[str]:
    """The runs of two days, day by day."""
    for day in sorted(days, key=lambda one: one.last):
        found = asking.call("recent_runs", first_day=day.first, last_day=day.last)
        when = _capital(asking.say.on(day.last))
        for one in subjects(found):
            yield f"{when}, {asking.say.called(one)}: {summary(asking.say, values(found, one))}."
        if not found.figures:
            yield f"{when}: I find no run in your log."


def first(asking: Asking) -> Iterator[str]:
    """The run, or the race, that a log begins with."""
    races_only = True if asking.intent.run and asking.intent.run.sort == "race" else None
    period = asking.bounded(asking.intent.period)
    found = asking.call_for("recent_runs", period, sort="oldest", races_only=races_only, limit=1)
    rows = subjects(found)
    if not rows:
        yield nothing_found(asking)
        return
    one = rows[0]
    when = asking.say.on(one.first_day) if one.first_day else ""
    what = "The races in your log begin" if races_only else "Your log begins"
    if period is not None and period.first is not None:
        what = "Those days begin"
    yield f"{what} {when} with {asking.say.called(one)}."
    yield f"It was {summary(asking.say, values(found, one))}."


def _counted(asking: Asking, total: Found) -> Iterator[str]:
    for subject in subjects(total, "period"):
        known = values(total, subject)
        if "runs" in known and "distance" in known and asking.intent.period is not None:
            yield (
                f"You did {known['runs']:.0f} {plural('run', known['runs'])} "
                f"{asking.say.period(asking.intent.period)}, "
                f"{asking.say.distance(known['distance'])} together."
            )


def plural(noun: str, count: float) -> str:
    """A noun as it stands behind a count."""
    return noun if round(count) == 1 else f"{noun}s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def ranked(asking: Asking) -> Iterator[str]:
    """The run of a period, or of all, that is first by some order: the longest, the slowest."""
    sort = asking.intent.kind
    period = asking.bounded(asking.intent.period)
    races_only = True if asking.intent.run and asking.intent.run.sort == "race" else None
    found = asking.call_for("recent_runs", period, sort=sort, races_only=races_only, limit=1)
    rows = subjects(found)
    if not rows:
        yield nothing_found(asking)
        return
    subject = rows[0]
    known = values(found, subject)
    say = asking.say
    when = say.on(subject.first_day) if subject.first_day else ""
    rank, name = _rank(asking, subject), say.called(subject)
    yield f"Your {rank} was {name} {when}: {summary(say, known)}."
    if sort == "hilliest" and "ascent" in known:
        yield f"Its climb was {say.climb(known['ascent'])}."
    elif _heart(known):
        yield f"It had {_heart(known)}."


def _rank(asking: Asking, subject: Subject) -> str:
    """How the tool lets it be called: with the days that were looked at."""
    period = asking.intent.period
    if not subject.aliases:
        return "run of that kind"
    if period is None:
        return subject.aliases[0]
    words = asking.say.period(period).removeprefix("in the ").removeprefix("in ")
    fitting = [one for one in subject.aliases if one.endswith(words)]
    with_of = [one for one in fitting if f" of the {words}" in one]
    rolling = words.removeprefix("last ")[:1].isdigit()
    return (with_of if rolling and with_of else fitting or [subject.aliases[0]])[0]
