"""Answers about the plan: what it holds, what became of it, and the race that it leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.checking.words import as_digits
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, values
from strideiq.coach.engines.builtin.answering.form import FRESH, TIRED
from strideiq.coach.engines.builtin.answering.phrasing import whole
from strideiq.coach.engines.builtin.answering.runs import plural
from strideiq.coach.engines.builtin.understanding import calendar_spans as calendar
from strideiq.coach.engines.builtin.understanding.intent import Period
from strideiq.coach.tools.tool import Found
from strideiq.platform.formats import duration_text

WEEKS, WEEKS_MAX = 4, 26
LISTED = 14
NEAR = {"today's workout", "tomorrow's workout"}
LONG, HARD = ("long",), {"interval": ("interval", "repetition"), "threshold": ("threshold",)}


def planned(asking: Asking) -> Iterator[str]:
    """What the plan holds on a day, in a week, or next of a sort."""
    sort = asking.intent.run.sort if asking.intent.run else ""
    period = asking.intent.period
    if sort in {"long", "interval", "threshold", "easy"} and (
        period is None or "next" in asking.intent.words.split()
    ):
        yield from _next_of(asking, sort)
        return
    if period is None and "next" in asking.intent.words.split():
        yield from _next_of(asking, "")
        return
    day = _day(period, asking.today)
    if day is not None:
        yield from _of_day(asking, day)
        return
    yield from _of_week(asking, period)


def _day(period: Period | None, today: date) -> date | None:
    """The one day that is asked for; of a weekday the one to come."""
    if period is None or not period.one_day:
        return None
    return period.first if period.first == today or period.coming is None else period.coming


def _of_day(asking: Asking, day: date) -> Iterator[str]:
    found = _week_with(asking, day)
    workouts = [one for one in _workouts(found) if one.first_day == day]
    if not workouts:
        yield from _nothing(asking, found)
        return
    for one in workouts:
        yield from told(asking, found, one)
        yield from reasons(_row(found, one))


def _week_with(asking: Asking, day: date) -> Found:
    ahead = (day - asking.today).days
    if ahead in {0, 1}:
        return asking.call("plan_week", which="tomorrow" if ahead else "today")
    return asking.call("plan_week", day=day.isoformat())


def _workouts(found: Found) -> list[Subject]:
    return [one for one in found.subjects if one.kind == "workout"]


def _nothing(asking: Asking, found: Found) -> Iterator[str]:
    if not subjects(found, "plan"):
        yield "You have no training plan that goes on. You can make one on the page of plans."
        return
    del asking
    yield "Nothing is planned for then: rest, or run easily if you like."


def told(asking: Asking, found: Found, workout: Subject) -> Iterator[str]:
    """A workout: what it is, how far, how fast, and why."""
    known = values(found, workout)
    row = _row(found, workout)
    when = asking.say.on(workout.first_day) if workout.first_day else ""
    parts = [f"a planned distance of {asking.say.distance(known['planned_distance'])}"]
    if "planned_time" in known:
        parts.append(f"a planned time of {duration_text(known['planned_time'])}")
    lead = next((one for one in workout.aliases if one in NEAR), when)
    name = asking.say.called(workout)
    yield f"{lead[:1].upper()}{lead[1:]}, {name}: {' and '.join(parts)}."
    paces = _targets(found, workout)
    if len(paces) == 1:
        fastest, slowest = paces[0]
        yield (
            f"The target pace goes from {asking.say.pace(slowest)} to {asking.say.pace(fastest)}."
        )
    elif row.get("what") and asking.say.metric:
        yield _called_for(str(row["what"]))
    if row.get("state") == "done":
        yield "You have done it."
    elif row.get("state") == "skipped":
        yield "You chose to skip it."


def _called_for(what: str) -> str:
    """What a workout is made of, as people say it: three times 2 km is 3 repetitions of 2 km."""
    spoken, repeated = re.subn(r"(\d+) \N{MULTIPLICATION SIGN} ", r"\1 repetitions of ", what)
    return f"Planned are {spoken}." if repeated else f"The plan calls for {what}."


def reasons(row: Mapping[str, object]) -> Iterator[str]:
    """Why the plan has a workout; reasons with figures of their own are on its page."""
    for reason in re.split(r"(?<=[.])\s+", str(row.get("why") or "")):
        if reason and not any(letter.isdigit() for letter in as_digits(reason)):
            yield reason


def _row(found: Found, workout: Subject) -> Mapping[str, object]:
    return next((row for row in found.rows if row.get("workout_id") == workout.row_id), {})


def _targets(found: Found, workout: Subject) -> list[tuple[float, float]]:
    """The fastest and slowest target pace of each step, in their order."""
    values_s = [
        one.value
        for one in found.figures
        if one.subject == workout and one.quantity == "target_pace"
    ]
    return list(zip(values_s[::2], values_s[1::2], strict=True))


def _next_of(asking: Asking, sort: str) -> Iterator[str]:
    """The next workout of a sort."""
    found = asking.call("plan_week", which="next")
    words = {"long": ("long",), "easy": ("easy", "recovery"), **HARD}.get(sort, ())
    for one in _workouts(found):
        name = one.name.lower()
        if _row(found, one).get("state") == "planned" and (
            not words or any(word in name for word in words)
        ):
            yield from told(asking, found, one)
            yield from reasons(_row(found, one))
            return
    if subjects(found, "plan"):
        yield "I see no workout of that sort among those that come next in the plan."
        return
    yield from _nothing(asking, found)


def _of_week(asking: Asking, period: Period | None) -> Iterator[str]:
    first = period.first if period and period.first else asking.today
    monday = calendar.week_of(first)[0]
    this = calendar.week_of(asking.today)[0]
    which = {0: "this_week", 7: "next_week", -7: "last_week"}.get((monday - this).days)
    found = (
        asking.call("plan_week", which=which)
        if which
        else asking.call("plan_week", day=first.isoformat())
    )
    workouts = _workouts(found)
    if not workouts:
        yield from _nothing(asking, found)
        return
    for week in subjects(found, "plan_week"):
        known = values(found, week)
        alias = week.aliases[0] if week.aliases else "that week"
        count = known["workouts"]
        yield (
            f"Planned {alias}: {count:.0f} {plural('workout', count)}, "
            f"a planned distance of {asking.say.distance(known['planned_distance'])}."
        )
    for one in workouts[:LISTED]:
        yield _line(asking, found, one)


def _line(asking: Asking, found: Found, workout: Subject) -> str:
    when = asking.say.day(workout.first_day) if workout.first_day else ""
    state = _row(found, workout).get("state")
    rest = {"done": ", done", "skipped": ", skipped", "missed": ", missed"}.get(str(state), "")
    far = asking.say.distance(values(found, workout)["planned_distance"])
    return f"{when[:1].upper()}{when[1:]}: {asking.say.called(workout)}, planned {far}{rest}."


def plan_done(asking: Asking) -> Iterator[str]:
    """What was run of what was planned."""
    period = asking.intent.period
    if period is not None and period.one_day and period.first is not None:
        yield from _of_day(asking, period.first)
        return
    weeks = WEEKS
    alias = ""
    if period is not None and period.first is not None:
        monday, this = calendar.week_of(period.first)[0], calendar.week_of(asking.today)[0]
        rolling = period.last == asking.today and period.days > 7  # noqa: PLR2004  a week
        weeks = round(period.days / 7) if rolling else (this - monday).days // 7 + 1
        weeks = max(1, min(weeks, WEEKS_MAX))
        alias = asking.say.period(period)
    found = asking.call("planned_and_done", weeks=weeks)
    every = [*subjects(found, "plan_week"), *subjects(found, "period")]
    if not every:
        yield "Nothing was planned in those weeks, so there is nothing to hold your runs against."
        return
    begins = calendar.week_of(period.first)[0] if period and period.first else None
    short = period is not None and period.days <= 7  # noqa: PLR2004  a week
    week = next(
        (
            one
            for one in every
            if (alias and alias in one.aliases)
            or (short and one.kind == "plan_week" and one.first_day == begins)
        ),
        None,
    )
    whole = subjects(found, "period")
    subject = week or (whole[0] if whole else every[0])
    yield from _balance(asking, found, subject)


def _balance(asking: Asking, found: Found, subject: Subject) -> Iterator[str]:
    counts = [
        one.value for one in found.figures if one.subject == subject and one.quantity == "workouts"
    ]
    known = values(found, subject)
    if len(counts) < 2 or "completion" not in known:  # noqa: PLR2004  done and planned
        yield "Nothing was due yet in those days."
        return
    done, due = counts[0], counts[1]
    when = next((one for one in subject.aliases if one.startswith(("this", "last"))), "")
    when = f"in the {when}" if when.endswith("weeks") else when
    if not when and subject.first_day is not None:
        when = f"in the week from {asking.say.dated(subject.first_day)}"
    yield (
        f"You did {done:.0f} {plural('workout', done)} {when}, out of {due:.0f} planned "
        f"{plural('workout', due)}: {known['completion']:.0f} % of what was planned."
    )
    yield (
        f"Planned were {asking.say.distance(known['planned_distance'])}, and what you did of it "
        f"came to {asking.say.distance(known['distance'])}."
    )
    if done < due:
        yield "Do not make up for what was missed: go on with what the plan has next."
    else:
        yield "Well done: go on like that."


def race_goal(asking: Asking) -> Iterator[str]:
    """The race that the plan leads to, and how far away it is."""
    found = asking.call("plan_week", which="this_week")
    plans = subjects(found, "plan")
    if not plans:
        yield "I know of no race to come: a plan towards one is missing."
        return
    plan, known = plans[0], values(found, plans[0])
    when = asking.say.on(plan.first_day) if plan.first_day else ""
    days = known["days"]
    yield (
        f"Your race, {asking.say.called(plan)}, is {when}: {days:.0f} {plural('day', days)} to go."
    )
    yield f"It is over a distance of {asking.say.distance(known['distance'])}."


def today(asking: Asking) -> Iterator[str]:
    """What to do today: what is planned, and whether the body is ready for it."""
    found = asking.call("plan_week", which="today")
    workouts = [one for one in _workouts(found) if one.first_day == asking.today]
    for one in workouts:
        yield from told(asking, found, one)
        yield from reasons(_row(found, one))
    if not workouts:
        yield from _nothing(asking, found)
    yield from ready(asking)


def ready(asking: Asking) -> Iterator[str]:
    """Whether the body is ready for today."""
    standing = asking.call("load", weeks=1)
    now = next(
        (one for one in subjects(standing, "fitness") if one.first_day == asking.today), None
    )
    if now is None:
        return
    form = values(standing, now)["form"]
    yield f"Today your form is {whole(form)}."
    if form < TIRED:
        yield "That is a lot of fatigue: keep it short and easy, or take the day off."
    elif form > FRESH:
        yield "You are fresh, so nothing speaks against it. Listen to your body all the same."
    else:
        yield "That is in balance. If anything hurts or you feel ill, rest instead."
