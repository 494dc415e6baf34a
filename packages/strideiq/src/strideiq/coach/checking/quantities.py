"""What a figure can be of: its unit, the words that name it, and whether more of it is better."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Dimension = Literal[
    "length", "time", "pace", "speed", "rate", "share", "energy", "mass", "volume", "temperature",
    "power", "plain",
]  # fmt: skip
"""What can be compared: a figure in miles is compared with metres, never with seconds."""


@dataclass(frozen=True)
class Quantity:
    """A kind of figure."""

    dimension: Dimension
    unit: str
    """The unit that values are kept in, for example m, s, s/m or bpm; a plain one has none."""
    words: tuple[str, ...]
    """What it is called; a trend is told of a quantity by one of these."""
    needs: tuple[str, ...] = ()
    """One of these must stand in the clause: a highest heart rate is not "your heart rate"."""
    excludes: tuple[str, ...] = ()
    """None of these may stand in the clause."""
    more_is_better: bool | None = None
    counted: bool = False
    """Whether it is a number of things, which stand behind the figure: "4 easy runs"."""
    per: str = ""
    """For a mean, of what: "run", "week", "day" or "km"; it is told as such, and never else."""

    @cached_property
    def called(self) -> re.Pattern[str]:
        """Finds one of its words."""
        return words_pattern(self.words)

    @cached_property
    def needed(self) -> re.Pattern[str]:
        """Finds one of the words that it needs."""
        return words_pattern(self.needs)

    @cached_property
    def excluded(self) -> re.Pattern[str]:
        """Finds one of the words that speak of another quantity."""
        return words_pattern(self.excludes)


_HIGHEST = (
    *("max", "maximum", "maximal", "peak", "highest", "peaked", "peaking", "maxed", "topped out"),
    *("as high as", "high of", "reached", "reaching", "up to", "hit", "at most"),
    *("never went above", "never above", "never going above", "never went over", "never exceeded"),
    *("never rose above", "never went past", "never topped", "never climbed above", "never passed"),
    *("never got above", "never went beyond", "never exceeding"),
)


def words_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Finds one of several words, as a whole word; nothing where there are none."""
    each = "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)" if each else r"(?!)", re.IGNORECASE)


NAMED_MEASURES = re.compile(r"\bVO2(?:\s?max)?\b|\bzone\s(?=training)", re.IGNORECASE)
"""Measures whose names hold a figure, or words that say nothing of one."""
_RESTING = ("resting", "rest hr", "at rest")
_CLIMB = (
    *("ascent", "climb", "climbed", "climbing", "climbs", "elevation", "gain", "gained", "uphill"),
    *("vertical", "ascended", "vert"),
)
_DESCENT = ("descent", "descended", "downhill", "drop")
_STILL = ("left before", "left until", "left in", "left on", "remaining")
_DISTANCE = ("distance", "km", "kilometres", "kilometers", "miles", "mileage", "volume", "metres")
UNIT_WORDS = frozenset(
    {
        "km",
        "kilometres",
        "kilometers",
        "miles",
        "metres",
        "minutes",
        "hours",
        "bpm",
        "kcal",
        "calories",
    }
)
"""Words of quantities that are units: beside a figure they say nothing of what it is of."""
_PREDICTED = ("predicted", "prediction", "predicts", "equivalent", "potential", "estimate",
              "estimated", "could", "would", "projected", "points to", "suggests")  # fmt: skip
_LIKELY = (
    *("likely from", "range", "ranges", "between", "anywhere", "anything", "somewhere", "margin"),
    *("band", "window", "uncertain", "uncertainty", "at best", "at worst"),
    *("as fast as", "as slow as"),
)
_PLANNED = ("planned", "plan", "scheduled", "due", "calls for", "target", "workout", "session",
            "tomorrow", "upcoming", "next", "prescribed")  # fmt: skip
_COUNTED = {
    "runs": ("runs", "run", "times"),
    "activities": ("activities", "activity", "sessions", "session", "outings"),
    "workouts": ("workouts", "workout", "sessions", "session"),
    "days": ("days", "day", "mornings", "nights"),
    "weeks": ("weeks", "week"),
    "check_ins": ("check-ins", "check-in", "checkins", "entries"),
    "races": ("races", "race"),
    "repetitions": ("repetitions", "reps", "intervals", "times", "repeats"),
    "personal_bests": ("personal bests", "pbs", "bests", "records"),
    "steps": ("steps",),
    "pairs": ("pairs", "observations", "samples"),
}

_Words = tuple[str, ...]
_ADDED_UP: Mapping[str, tuple[Dimension, str, _Words, _Words, _Words]] = {
    "distance": ("length", "m", _DISTANCE, (), (*_CLIMB, *_DESCENT, *_STILL)),
    "duration": (
        "time", "s", ("time", "duration", "minutes", "hours"), (), ("sleep", "slept", "elapsed")
    ),
    "runs": ("plain", "runs", _COUNTED["runs"], (), ()),
}  # fmt: skip
"""What is summed over days, of which there are means."""

QUANTITIES: Mapping[str, Quantity] = {
    "distance": Quantity(*_ADDED_UP["distance"]),
    "limit": Quantity(
        "length", "m", ("limit", "lifespan"), ("limit", "limits", "of their", "of its", "out of")
    ),
    "left": Quantity("length", "m", ("left", "remaining"), ("left", "remaining")),
    "ascent": Quantity("length", "m", _CLIMB, _CLIMB),
    "descent": Quantity("length", "m", _DESCENT, _DESCENT),
    "duration": Quantity(*_ADDED_UP["duration"]),
    "elapsed": Quantity("time", "s", ("elapsed",), ("elapsed", "with pauses", "including pauses")),
    "sleep": Quantity(
        "time",
        "s",
        ("sleep", "slept"),
        ("sleep", "slept", "asleep", "night", "nights"),
        (),
        more_is_better=True,
    ),
    "pace": Quantity(
        "pace",
        "s/m",
        ("pace", "paces"),
        (),
        ("grade-adjusted", "gap", "max", "maximum", "top"),
        more_is_better=False,
    ),
    "grade_adjusted_pace": Quantity(
        "pace",
        "s/m",
        ("grade-adjusted pace",),
        ("grade-adjusted", "gap", "adjusted"),
        (),
        more_is_better=False,
    ),
    "predicted_time": Quantity("time", "s", _PREDICTED[:5], _PREDICTED),
    "likely_time": Quantity("time", "s", ("likely range", "range"), _LIKELY),
    "likely_pace": Quantity("pace", "s/m", ("likely range", "range"), _LIKELY),
    "planned_distance": Quantity("length", "m", ("planned distance", "planned"), _PLANNED),
    "planned_time": Quantity("time", "s", ("planned time", "planned"), _PLANNED),
    "target_pace": Quantity("pace", "s/m", ("target pace", "target"), ("pace", *_PLANNED)),
    "speed": Quantity(
        "speed", "m/s", ("speed",), (), ("max", "maximum", "top", "peak"), more_is_better=True
    ),
    "heart_rate": Quantity(
        "rate",
        "bpm",
        ("heart rate", "heart-rate", "hr", "bpm", "heart", "pulse"),
        (),
        _HIGHEST + _RESTING + ("cadence", "spm", "steps"),
    ),
    "max_heart_rate": Quantity(
        "rate",
        "bpm",
        ("max heart rate", "heart rate", "heart", "hr", "pulse"),
        _HIGHEST,
        (*_RESTING, "cadence", "spm", "steps"),
    ),
    "resting_heart_rate": Quantity(
        "rate",
        "bpm",
        ("resting heart rate", "resting hr", "resting pulse"),
        _RESTING,
        (),
        more_is_better=False,
    ),
    "cadence": Quantity("rate", "spm", ("cadence",), ("cadence", "spm", "steps")),
    "hrv": Quantity(
        "time", "s", ("hrv", "variability"), ("hrv", "variability"), (), more_is_better=True
    ),
    "power": Quantity("power", "W", ("power",)),
    "energy": Quantity("energy", "kcal", ("energy", "calories", "kcal")),
    "weight": Quantity("mass", "kg", ("weight", "weigh", "weighed")),
    "carbohydrate": Quantity(
        "mass",
        "kg",
        ("carbohydrate", "carbohydrates", "carbs"),
        ("carbohydrate", "carbohydrates", "carbs"),
    ),
    "protein": Quantity("mass", "kg", ("protein",), ("protein",)),
    "fat": Quantity("mass", "kg", ("fat",), ("fat",)),
    "fluid": Quantity(
        "volume", "l", ("fluid", "fluids", "drink", "drank", "water", "litres", "liters")
    ),
    "temperature": Quantity("temperature", "°C", ("temperature",)),
    "decoupling": Quantity(
        "share",
        "%",
        ("decoupling", "drift"),
        ("decoupling", "drift", "decoupled"),
        (),
        more_is_better=False,
    ),
    "efficiency": Quantity(
        "plain",
        "",
        ("efficiency", "efficient"),
        ("efficiency", "efficient", "per beat", "per heartbeat", "m/beat", "per heart beat"),
        (),
        more_is_better=True,
    ),
    "completion": Quantity(
        "share",
        "%",
        ("completed", "done", "plan", "followed"),
        ("completed", "done", "followed", "of the plan", "planned"),
        more_is_better=True,
    ),
    "share": Quantity("share", "%", ("share", "part", "percent"), (), ("drift", "decoupling")),
    "fitness": Quantity(
        "plain", "", ("fitness", "ctl"), ("fitness", "ctl"), (), more_is_better=True
    ),
    "fatigue": Quantity(
        "plain", "", ("fatigue", "atl"), ("fatigue", "atl"), (), more_is_better=False
    ),
    "form": Quantity(
        "plain", "", ("form", "tsb"), ("form", "tsb", "balance"), (), more_is_better=True
    ),
    "load": Quantity("plain", "", ("load",), ("load", "stress score")),
    "monotony": Quantity("plain", "", ("monotony",), ("monotony",), (), more_is_better=False),
    "rpi": Quantity(
        "plain",
        "",
        ("rpi", "index", "performance index"),
        ("rpi", "index"),
        (),
        more_is_better=True,
    ),
    "correlation": Quantity(
        "plain", "", ("correlation", "relation"), ("correlation", "correlated", "relation")
    ),
    "score": Quantity(
        "plain",
        "",
        ("score", "soreness", "mood", "stress", "quality", "effort", "energy level", "feeling"),
        ("score", "soreness", "mood", "stress", "quality", "effort", "feeling", "rated"),
    ),
    **{
        name: Quantity("plain", words[0], words, words, counted=True)
        for name, words in _COUNTED.items()
    },
    **{
        f"{name}_per_{per}": Quantity(*_ADDED_UP[name], per=per)
        for per in ("run", "week", "day")
        for name in _ADDED_UP
        if name != f"{per}s"
    },
    "ascent_per_km": Quantity("length", "m", _CLIMB, _CLIMB, per="km"),
}
"""Every quantity by its name. A count needs the counted thing named."""


def _speaking(quantity: Quantity) -> re.Pattern[str]:
    rivals = [one for one in QUANTITIES.values() if one.dimension == quantity.dimension]
    words = {word for one in rivals for word in (*one.words, *one.needs)} | {*quantity.excludes}
    return words_pattern((words - UNIT_WORDS) | {"average", "averaged", "averaging", "avg", "mean"})


SPEAKING: Mapping[str, re.Pattern[str]] = {
    name: _speaking(quantity) for name, quantity in QUANTITIES.items()
}
"""Finds words that say which of the quantities of the same dimension is meant."""
EXTENSIVE = frozenset(
    {"distance", "duration", "elapsed", "ascent", "descent", "energy"}
    | {name for name, quantity in QUANTITIES.items() if quantity.counted}
)
"""What adds up, so that an average of it is another figure than the whole."""
PLANNED_KINDS = frozenset(
    {"planned_workout", "planned", "plan_day", "plan_week", "proposal", "workout"}
)
"""Kinds of rows that may be planned and not done."""
