"""Sessions, phases and reasons in words: the only place where plans speak."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from strideiq.platform.dates import dated
from strideiq.platform.formats import Formats, duration_text
from strideiq.platform.language import gettext, marked
from strideiq.training.planning.paces import PaceRange
from strideiq.training.planning.reasons import Reason, Value
from strideiq.training.planning.structure import Part, Repeat, Step

SESSIONS = {
    "easy": marked("Easy run"),
    "long": marked("Long run"),
    "long_fast_end": marked("Long run with a fast end"),
    "strides": marked("Easy run with strides"),
    "threshold": marked("Threshold"),
    "interval": marked("Intervals"),
    "repetition": marked("Repetitions"),
    "race_pace": marked("Race pace"),
    "sharpener": marked("Sharpener"),
    "shakeout": marked("Shakeout"),
    "race": marked("Race"),
}

PHASES = {
    "base": marked("Base"),
    "build": marked("Build"),
    "peak": marked("Peak"),
    "taper": marked("Taper"),
}

TARGETS = {
    "easy": marked("easy"),
    "marathon": marked("marathon pace"),
    "threshold": marked("threshold"),
    "interval": marked("interval"),
    "repetition": marked("repetition"),
    "race": marked("race pace"),
}

ROLES = {
    "warm_up": marked("Warm up"),
    "work": marked("Fast"),
    "recovery": marked("Jog"),
    "cool_down": marked("Cool down"),
    "run": marked("Run"),
}

FIELD_WORDS = {
    "day": marked("Day"),
    "title": marked("Name"),
    "notes": marked("Notes"),
    "structure": marked("What to run"),
    "session": marked("Kind"),
    "outcome": marked("Done?"),
    "removed": marked("Taken out"),
    "match": marked("Which run it was"),
}
"""What a page calls each thing that can be said of a workout."""

TELLING = frozenset({"work", "run"})

INTENSITY = {
    "easy": 1, "marathon": 2, "threshold": 3, "race": 3, "interval": 4, "repetition": 5,
}  # fmt: skip
"""Which of the five steps of intensity a target has, for its colour."""

SENTENCES = {
    # Why a session is there.
    "session_easy": marked("Easy running makes the heart and the legs endure, and costs little."),
    "session_long": marked("The long run teaches the body to last, and to burn fat."),
    "session_long_fast_end": marked(
        "Marathon pace on tired legs at the end of a long run is the closest that training comes"
        " to the race."
    ),
    "session_strides": marked(
        "Short relaxed accelerations keep the stride quick without costing a day of rest."
    ),
    "session_threshold": marked(
        "At threshold the body just clears the lactate that it makes; running there raises the"
        " pace that lasts an hour."
    ),
    "session_interval": marked(
        "Minutes near the greatest oxygen uptake raise it; the jogs between keep each repeat good."
    ),
    "session_repetition": marked(
        "Short and fast with full rest: this is for speed and a lighter stride, not for breath."
    ),
    "session_race_pace": marked("The pace of the race, until the legs know it by themselves."),
    "session_sharpener": marked(
        "A few minutes at race pace wake the legs; more would tire them for the race."
    ),
    "session_shakeout": marked("A short easy run on the day before loosens the legs and the mind."),
    "session_race": marked("The day that it was all for. Today's form says %(duration)s."),
    # How much, and why so much.
    "long_longest": marked(
        "%(distance)s is %(share)s %% of the week, and farther than the longest run before it"
        " (%(before)s)."
    ),
    "long_within": marked(
        "%(distance)s is %(share)s %% of the week; runs of this length are known by now."
    ),
    "fast_amount": marked(
        "%(fast)s of it is fast, about %(share)s %% of the week: enough to get better, and no more"
        " than can be recovered from."
    ),
    # Why a week is as it is.
    "week_base": marked("Base: the distance grows, most of it easy."),
    "week_build": marked("Build: the distance still grows, and fast sessions come in."),
    "week_peak": marked("Peak: sessions become like the race."),
    "week_taper": marked("Taper: less distance, the same paces, so that freshness comes back."),
    "week_race": marked("The race's week: just enough running to stay awake."),
    "week_recovery": marked(
        "A lighter week: what was trained settles in while there is less to carry."
    ),
    "week_back": marked("The first week after %(days)s days away: less, and nothing fast."),
    "week_off": marked("No running this week."),
    # What is said of the whole.
    "note_arc": marked(
        "%(workouts)s workouts in %(weeks)s weeks: from %(now)s a week now to %(greatest)s in the"
        " greatest week, with %(longest)s as the longest run."
    ),
    "note_growth": marked("No week grows by more than %(percent)s %% over the greatest before it."),
    "note_recovery": marked("Every third or fourth week is lighter by a quarter."),
    "note_race_day": marked(
        "The race is on a day that is not among your days; that is as it must be."
    ),
    "note_first_week": marked("The first week is only a part of one, and so is its distance."),
    # Why a plan should change.
    "adapt_illness": marked(
        "You are ill until %(until)s. Nothing is run while ill, and the %(days)s days after it are"
        " easy and shorter."
    ),
    "adapt_fatigue": marked(
        "Your form is %(form)s at a fitness of %(fitness)s: more fatigue than training should"
        " take. %(days)s easier days bring it back."
    ),
    "adapt_missed": marked(
        "%(missed)s of %(planned)s workouts of the last %(days)s days were not run. What was"
        " missed is not made up for; the next week is easier, to come back safely."
    ),
    "adapt_index_up": marked(
        "Your index has risen from %(then)s to %(now)s since the plan was made. Paces follow by"
        " themselves; these sessions would be sized for it as well."
    ),
    "adapt_index_down": marked(
        "Your index has fallen from %(then)s to %(now)s since the plan was made. Paces follow by"
        " themselves; these sessions would be sized for it as well."
    ),
    # How well a run was what was planned.
    "match_same_day": marked("Done on the day."),
    "match_day_late": marked("Done a day late."),
    "match_day_early": marked("Done a day early."),
    "match_by_hand": marked("You said that this run was it."),
    "match_length": marked("%(done)s, as planned."),
    "match_longer": marked("%(done)s instead of %(planned)s, %(percent)s %% more."),
    "match_shorter": marked("%(done)s instead of %(planned)s, %(percent)s %% less."),
    "match_no_length": marked("Its length is not known."),
    "match_no_laps": marked("Without laps, its repeats cannot be seen."),
    "match_repeats": marked("%(done)s of %(planned)s fast parts at their pace."),
    "match_other": marked("Another sport, or another day."),
    # Why there is no plan, and what would do.
    "goal_is_past": marked("The race on %(race)s is over, or not after the plan's first day."),
    "goal_distance": marked("No plan is made for a race over %(distance)s."),
    "goal_is_far": marked(
        "The race is %(weeks)s weeks away. What is planned more than %(weeks_max)s weeks ahead"
        " is a guess."
    ),
    "index_unknown": marked("Paces need a recent race or fast run, and none is known."),
    "no_days": marked("A plan needs days to run on."),
    "long_run_day": marked("The long run is on a day that is not among your days."),
    "negative_distance": marked("A distance cannot be less than nothing."),
    "break_backwards": marked("A break ends before it begins."),
    "too_short": marked(
        "%(weeks)s weeks are too few for a race over %(distance)s; it takes at least %(weeks_min)s."
    ),
    "not_ready": marked(
        "Growing safely from what you run now, %(weeks)s weeks do not lead to the long runs that"
        " a race over %(distance)s asks for."
    ),
    "choose_later_day": marked("choose a later day for the race"),
    "choose_distance": marked("choose a distance between %(shortest)s and %(longest)s"),
    "start_later": marked("start on %(start)s or later, or choose a race before it"),
    "give_race": marked("give a recent race, or import a run with a fast stretch"),
    "choose_days": marked("choose at least one day of the week"),
    "choose_long_run_day": marked("choose the long run's day among your days"),
    "give_distance": marked("give a distance above nothing"),
    "give_break": marked("give the break's first day before its last"),
    "choose_shorter_race": marked(
        "choose a shorter race, more days, or a higher limit for the week's distance"
    ),
    "choose_day_from": marked("choose a race on %(race)s or later, or a shorter one"),
}


def session_words(session: str) -> str:
    """A session's name."""
    return gettext(SESSIONS.get(session, session))


def target_words() -> dict[str, str]:
    """What each kind of pace is called in the language of who reads and writes it."""
    return {target: gettext(word) for target, word in TARGETS.items()}


def say(reason: Reason, f: Formats) -> str:
    """A reason as a sentence in the language and units of who reads it."""
    sentence = gettext(SENTENCES.get(reason.code, reason.code))
    values = dict(_said(name, value, f) for name, value in reason.values.items())
    return sentence % values if "%" in sentence else sentence


def say_all(reasons: Iterable[Reason], f: Formats) -> str:
    """Several reasons as one paragraph."""
    return " ".join(say(reason, f) for reason in reasons)


def part_words(part: Part, f: Formats) -> str:
    """A step or a repeat in a few words, as ``8:00 threshold, 1:30 easy`` with its count."""
    if isinstance(part, Step):
        return f"{length_words(part, f)} {gettext(TARGETS[part.target])}"
    steps = ", ".join(part_words(step, f) for step in part.steps)
    return f"{part.times} \N{MULTIPLICATION SIGN} {steps}"


def summary(parts: Iterable[Part], f: Formats) -> str:
    """What makes a workout what it is: its repeats, else its only or fast steps."""
    parts = list(parts)
    telling: list[Part] = [part for part in parts if isinstance(part, Repeat)]
    if not telling:
        telling = [part for part in parts if isinstance(part, Step) and part.role in TELLING]
    return "; ".join(part_words(part, f) for part in telling or parts)


def length_words(step: Step, f: Formats) -> str:
    """How long a step is, as ``800 m``, ``2.5 km`` or ``8:00``."""
    if step.distance_m is None:
        return duration_text(step.duration_s or 0.0)
    return distance_words(step.distance_m, f)


def distance_words(distance_m: float, f: Formats) -> str:
    """A distance as plain text; on a track's scale always in metres, but nothing in no metres."""
    if 0 < distance_m < f.long_distance_m:
        return f"{distance_m:.0f} m"
    text = f"{distance_m / f.long_distance_m:.1f}".removesuffix(".0")
    return f"{text} {f.long_unit}"


def pace_range_words(paces: PaceRange, f: Formats) -> str:
    """A range of paces, as ``4:49-5:29 /km`` with a dash between."""
    fast, slow = (
        duration_text(pace * f.long_distance_m / 1000)
        for pace in (paces.fastest_s_per_km, paces.slowest_s_per_km)
    )
    return f"{fast}\N{EN DASH}{slow} /{f.long_unit}"


def day_words(day: date) -> str:
    """A day, as ``Sun 11 Apr 2027``."""
    return dated(day, "%a %-d %b %Y")


def _said(name: str, value: Value, f: Formats) -> tuple[str, str]:
    stem, _, unit = name.rpartition("_")
    if unit == "m" and stem:
        return stem, distance_words(float(value), f)
    if unit == "s" and stem:
        return stem, duration_text(float(value))
    if unit == "day" and stem:
        return stem, day_words(date.fromisoformat(str(value)))
    return name, str(value)
