"""Answers about what hurts: careful and bounded, with what the log holds of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found

SORENESS_DAYS = 7
_URGENT = re.compile(
    r"\b(?:chest|faint\w*|dizz\w*|breathless\w*|short of breath|palpitations?|heart attack|"
    r"arrhythm\w*|numb|numbness|passed out|light ?headed|irregular heart\w*|skipped beats?)\b"
)
_ILL = re.compile(
    r"\b(?:fever\w*|ill|illness|sick|flu|cold|covid|cough\w*|sore throat|vomit\w*|nause\w+|bug|"
    r"throwing up|threw up|chest infection|under the weather)\b"
)
_MEDICINE = re.compile(
    r"\b(?:ibuprofen|painkillers?|antibiotics?|medication|medicine|blood pressure|pregnan\w*|"
    r"diabet\w*|asthma|an(?:a)?emi\w*)\b"
)
NOTE = (
    "You can note it on the wellness page as an injury, with its place and how bad it is, so that "
    "your log keeps it."
)


def injuries(asking: Asking) -> Iterator[str]:
    """What has hurt, from when to when."""
    found = asking.call("injuries")
    rows = subjects(found, "injury")
    if not rows:
        yield "No injury is noted in your log."
        return
    asked = asking.intent.period
    if asked is not None and asked.first is not None:
        within = [one for one in rows if _within(one, asked)]
        if not within:
            yield "No injury of those days is noted in your log; these are the others."
        rows = within or rows
    for one in rows:
        yield injury(asking, found, one)
    yield "If something hurts now, rest it, and see a doctor if it does not go away."


def _within(one: Subject, period: Period) -> bool:
    """Whether an injury lasted on any of some days."""
    if one.first_day is None or period.first is None:
        return False
    return one.first_day <= period.last and (one.last_day or period.last) >= period.first


def injury(asking: Asking, found: Found, one: Subject) -> str:
    """An injury: where, how long, and how bad at its worst."""
    known = values(found, one)
    when = ""
    if one.first_day is not None and one.last_day is not None:
        when = f" from {asking.say.dated(one.first_day)} to {asking.say.dated(one.last_day)},"
    return (
        f"{asking.say.called(one)}:{when} {known['days']:.0f} days, severity rated "
        f"{known['score']:.0f} out of 5."
    )


def medical(asking: Asking) -> Iterator[str]:
    """No diagnosis: what to do for now, when to see somebody, and what the log says of it."""
    words = asking.intent.words
    if _URGENT.search(words):
        yield "Stop running and see a doctor now; call an emergency number if it does not pass."
        yield "I cannot examine you and give no diagnosis: only a doctor can tell what that is."
        return
    if _ILL.search(words):
        yield "I cannot examine you, so I give no diagnosis: a doctor can."
        yield "Do not run with a fever, or with anything below the neck. Wait until you are well."
        yield "Then begin easily, and see a doctor if it does not go away or comes back."
        return
    if _MEDICINE.search(words):
        yield "I cannot judge that, and I give no diagnosis: ask a doctor who knows you."
        yield "Tell them how much you run; until they say so, keep it easy or rest."
        return
    yield (
        "I cannot examine you or judge pain, so I give no diagnosis: a doctor or physiotherapist "
        "can."
    )
    yield "Until you know what it is, rest and do not run."
    yield (
        "Stop at once if it gets worse, changes how you run, or comes back with each step; walk "
        "home."
    )
    yield "See a doctor soon if it is sharp, swells, hurts at rest or does not go away."
    yield from _in_the_log(asking, words)
    yield NOTE


def _in_the_log(asking: Asking, words: str) -> Iterator[str]:
    """What was noted of that place before, and how sore the last days were."""
    found = asking.call("injuries")
    for one in subjects(found, "injury"):
        place = one.name.split(",")[0].lower()
        if place and re.search(rf"\b{re.escape(place)}s?\b", words):
            yield "Your log has that place before:"
            yield injury(asking, found, one)
    mornings = asking.call("check_ins", days=SORENESS_DAYS, what=["soreness"])
    for one in subjects(mornings, "check_ins_soreness"):
        score = values(mornings, one)["score"]
        yield f"Your soreness was {score:.1f} out of 5 on average in the last 7 days."


def beside(asking: Asking) -> Iterator[str]:
    """A word on pain that is mentioned beside a question about something else."""
    del asking
    yield (
        "As for what hurts: I cannot judge pain, so rest it, and see a doctor or physiotherapist "
        "if it does not go away."
    )
