"""Which run a question is about, looked up by the tools."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from rapidfuzz import fuzz, process

from strideiq.coach.engines.builtin.answering.asking import Asking
from strideiq.coach.engines.builtin.understanding.intent import Period, RunAsked, Sort
from strideiq.coach.tools.tool import Found

LOOKED_AT = 60
"""Newest runs among which one is looked for by its name or its sort."""
NAME_SURE = 80
"""How alike a name must be, of 100."""
_LONGER = re.compile(r"\b(?:over|longer than|above|more than|at least|beyond|further than) \d")
BESIDE = 60
"""Within how many days a run is the one before or after another."""
LONG_M = 14_000.0
LONG_NAMED_MIN = 2
"""With fewer runs that are called long, those that are long count."""
Rows = Sequence[Mapping[str, object]]
SORT_WORDS: dict[Sort, tuple[str, ...]] = {
    "easy": ("easy", "recovery", "jog"),
    "long": ("long",),
    "interval": ("interval", "repetition", "repeats", "track"),
    "threshold": ("threshold", "tempo"),
}
"""Words of names that tell a run's sort."""


def chosen_run(asking: Asking, asked: RunAsked | None = None) -> Found:
    """All that is known of the run that is asked for; without figures where there is none."""
    asked = asked or asking.intent.run or RunAsked()
    if asked.beside:
        return _beside(asking, asked)
    if asked.name:
        named = _named(asking, asked.name)
        if named is not None or asked.day is None:
            return asking.call("one_run", activity_id=named) if named is not None else Found()
    if asked.day is not None and asked.day.first is not None:
        return asking.call("one_run", day=asked.day.first.isoformat())
    if asked.sort == "ride":
        return asking.call("one_run", sport="cycling")
    activity_id = _of_distance(asking, asked)
    told = bool(asked.sort) or asked.back > 1
    if activity_id is None and told:
        activity_id = _of_sort(asking, asked)
    return (
        Found() if activity_id is None and told else asking.call("one_run", activity_id=activity_id)
    )


def _of_sort(asking: Asking, asked: RunAsked) -> str | None:
    """The newest run of a sort, or the one so many back."""
    _, rows = rows_of_sort(asking, asked.sort, asked.back)
    return str(rows[asked.back - 1]["activity_id"]) if len(rows) >= asked.back else None


def rows_of_sort(asking: Asking, sort: Sort, count: int) -> tuple[Found, Rows]:
    """The newest runs of a sort, at least so many where there are; with all that was looked up."""
    if sort == "race":
        found = asking.call("recent_runs", races_only=True, limit=count)
        return found, found.rows
    if sort == "long":
        found = asking.call("recent_runs", name_contains=SORT_WORDS["long"][0], limit=count)
        if len(found.rows) < min(count, LONG_NAMED_MIN):
            found = asking.call("recent_runs", min_distance_m=LONG_M, limit=count)
        return found, found.rows
    if sort:
        found = asking.call("recent_runs", limit=LOOKED_AT)
        words = SORT_WORDS.get(sort, ())
        return found, tuple(
            row for row in found.rows if any(word in str(row["name"]).lower() for word in words)
        )
    found = asking.call("recent_runs", limit=count)
    return found, found.rows


def _beside(asking: Asking, asked: RunAsked) -> Found:
    """The run just before or just after the one that is named."""
    beside = next(iter(chosen_run(asking, replace(asked, beside="")).subjects), None)
    if beside is None or beside.first_day is None:
        return Found()
    step = timedelta(days=1)
    if asked.beside == "before":
        days = {"first_day": beside.first_day - BESIDE * step, "last_day": beside.first_day - step}
    else:
        days = {"first_day": beside.first_day + step, "last_day": beside.first_day + BESIDE * step}
    order = "newest" if asked.beside == "before" else "oldest"
    rows = asking.call("recent_runs", **days, sort=order, limit=1).rows
    return asking.call("one_run", activity_id=rows[0]["activity_id"]) if rows else Found()


def _of_distance(asking: Asking, asked: RunAsked) -> str | None:
    """The newest race over the distance that is named, or run where there is no such race."""
    distance_m = asking.intent.distance_m
    if distance_m is None or asked.sort not in {"", "race"}:
        return None
    near = {"min_distance_m": distance_m * 0.98, "max_distance_m": distance_m * 1.03}
    longer = _LONGER.search(asking.intent.words) is not None
    if longer:
        near = {"min_distance_m": distance_m}
    period = asking.bounded(asking.intent.period)
    for races_only in (False,) if longer else (True, False):
        rows = asking.call_for(
            "recent_runs", period, limit=asked.back, races_only=races_only, **near
        ).rows
        if len(rows) >= asked.back:
            return str(rows[asked.back - 1]["activity_id"])
    return None


def _named(asking: Asking, name: str) -> str | None:
    """The newest run that is called so, or almost so."""
    words = name.lower()
    first = max(words.split(), key=len, default="")
    days = _days_named(asking)
    for text in dict.fromkeys((words, first)):
        if not text:
            continue
        found = asking.call_for("recent_runs", days, name_contains=text, limit=LOOKED_AT)
        rows = found.rows
        if rows:
            return _nearest(
                asking, words, [(str(row["activity_id"]), str(row["name"])) for row in rows]
            )
    rows = asking.call("recent_runs", limit=LOOKED_AT).rows
    races = asking.call("recent_runs", races_only=True, limit=LOOKED_AT).rows
    names = [(str(row["activity_id"]), str(row["name"])) for row in (*rows, *races)]
    return _nearest(asking, words, names, NAME_SURE)


def _days_named(asking: Asking) -> Period | None:
    """The days in which a run of that name is looked for; of one day it is found by its day."""
    asked = asking.bounded(asking.intent.period)
    return asked if asked is not None and not asked.one_day else None


def _nearest(
    asking: Asking, words: str, names: list[tuple[str, str]], cutoff: int = 0
) -> str | None:
    """Of several names the one that is most like the words; the newest of equals."""
    distance_m = asking.intent.distance_m
    asked = f"{words} {_spoken(distance_m)}".strip()
    found = process.extractOne(
        asked,
        [name.lower() for _, name in names],
        scorer=fuzz.token_set_ratio,
        score_cutoff=cutoff,
    )
    return None if found is None else names[found[2]][0]


def _spoken(distance_m: float | None) -> str:
    if distance_m is None:
        return ""
    if 21_000 < distance_m < 21_200:  # noqa: PLR2004  a half marathon
        return "half marathon"
    if 42_000 < distance_m < 42_300:  # noqa: PLR2004  a marathon
        return "marathon"
    return f"{distance_m / 1000:g} km"


def nothing_found(asking: Asking) -> str:
    """What to say where there is no such run."""
    asked = asking.intent.run
    if asked is not None and asked.name:
        return "Tell me its day, or its name as it is written in your log."
    day = asked.day if asked is not None else None
    if day is not None and isinstance(day.first, date):
        return "I find no run on that day in your log."
    if asking.intent.period is not None:
        return "I find no run in those days in your log."
    return "There is no such run in your log yet, so I cannot tell; import one and ask again."
