"""Answers about what is inside one run: its splits, its repetitions, its zones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from strideiq.coach.checking.evidence import Subject
from strideiq.coach.engines.builtin.answering.asking import Asking, subjects, trend, values
from strideiq.coach.engines.builtin.answering.choosing import chosen_run, nothing_found
from strideiq.coach.engines.builtin.answering.runs import plural
from strideiq.coach.engines.builtin.understanding.intent import RunAsked
from strideiq.coach.tools.tool import Found
from strideiq.platform.formats import duration_text

SPLITS_TOLD = 12
REPETITIONS_TOLD = 12
RACED_M = 3000.0
"""From what distance on one that is named is that of the run, and not of a part of it."""
_RANKED = re.compile(
    r"\b(?:fastest|quickest|best|(?P<slow>slowest|worst)) (?:\w+ )?(?:km|mile|split)\b|"
    r"\bwhich (?:km|mile|split) (?:\w+ ){0,3}"
    r"(?:fastest|quickest|best|(?P<slow2>slowest|worst))\b"
)
EASY_SHARE = 75.0
"""From what share of easy zones on a run was an easy one."""


def splits(asking: Asking) -> Iterator[str]:
    """The splits of a run: how it was paced, then split by split."""
    found = asking.call(
        "splits", kind="km" if asking.say.long_unit == "km" else "mile", **_which(asking)
    )
    run = next((one for one in found.subjects if one.kind == "activity"), None)
    if run is None:
        yield nothing_found(asking)
        return
    parts = subjects(found, "split")
    if not parts:
        yield f"{_name(asking, run)} has no splits: samples with a distance are missing."
        return
    yield from _pacing(asking, found, run)
    if (ranked := _RANKED.search(asking.intent.words)) is not None:
        yield from _first_of(
            asking, found, "slowest" if ranked["slow"] or ranked["slow2"] else "fastest"
        )
        return
    yield from _listed(asking, found, parts)


def _first_of(asking: Asking, found: Found, rank: str) -> Iterator[str]:
    """The fastest or the slowest split of a run."""
    word = "kilometre" if asking.say.long_unit == "km" else "mile"
    for one in subjects(found, "split"):
        if f"{rank} {word}" in one.aliases:
            number, known = one.row_id.rsplit(":", 1)[1], values(found, one)
            pace = asking.say.pace(known["pace"])
            yield f"The {rank} {word} was {word} {number} at {pace}."
            if "heart_rate" in known:
                heart = f"{known['heart_rate']:.0f} bpm"
                yield f"The {rank} {word} had an average heart rate of {heart}."


def _which(asking: Asking) -> Mapping[str, object]:
    """The run that is meant, as the tools of single runs take it; nothing for the last one."""
    asked, far_m = asking.intent.run, asking.intent.distance_m or 0.0
    if asked is None or asked == RunAsked():
        if far_m < RACED_M:
            return {}
    elif far_m < RACED_M:
        asking = replace(asking, intent=replace(asking.intent, distance_m=None))
    asked = asked or RunAsked()
    if asked.day is not None and asked.day.first is not None and not asked.name:
        return {"day": asked.day.first.isoformat()}
    found = chosen_run(asking)
    run = next(iter(subjects(found, "activity")), None)
    return {} if run is None else {"activity_id": run.row_id}


def _name(asking: Asking, run: Subject) -> str:
    when = f" {asking.say.on(run.first_day)}" if run.first_day else ""
    text = f"{asking.say.called(run)}{when}"
    return text[:1].upper() + text[1:]


def _pacing(asking: Asking, found: Found, run: Subject) -> Iterator[str]:
    """How it was run as a whole, and whether it got faster or slower."""
    name = _name(asking, run)
    halves = trend(found, "pace")
    if halves is not None and "negative split" in asking.intent.words:
        yield "Yes." if halves.direction == "down" else "No."
    if halves is None:
        yield f"Here is {name[:1].lower() + name[1:]}, split by split."
    elif halves.direction == "flat":
        yield f"{name}: your pace stayed steady on the way."
    else:
        way = "faster" if halves.direction == "down" else "slower"
        yield f"{name}: your pace got {way} on the way."


def _listed(asking: Asking, found: Found, parts: list[Subject]) -> Iterator[str]:
    word = "Kilometre" if asking.say.long_unit == "km" else "Mile"
    for number, part in enumerate(parts[:SPLITS_TOLD], start=1):
        known = values(found, part)
        if "pace" not in known:
            continue
        heart = f", heart rate {known['heart_rate']:.0f} bpm" if "heart_rate" in known else ""
        yield f"{word} {number}: {asking.say.pace(known['pace'])}{heart}."
    if len(parts) > SPLITS_TOLD:
        yield "Its page has every split."


def intervals(asking: Asking) -> Iterator[str]:
    """The repetitions of a session: how many, how fast, one by one."""
    asked = asking.intent.run or RunAsked(sort="interval")
    if not asked.sort and asked.day is None and not asked.name:
        asked = RunAsked(back=asked.back, sort="interval")
    run_found = chosen_run(asking, asked)
    run = next(iter(subjects(run_found, "activity")), None)
    if run is None:
        yield "I find no session with repetitions in your log."
        return
    found = asking.call("intervals", activity_id=run.row_id)
    together = next(
        (one for one in subjects(found, "split") if one.row_id.endswith(":intervals")), None
    )
    if together is None:
        yield f"{_name(asking, run)}: I find no repetitions in it, only running without breaks."
        return
    known = values(found, together)
    count = known["repetitions"]
    yield (
        f"{_name(asking, run)}: {count:.0f} {plural('repetition', count)}, "
        f"at a pace of {asking.say.pace(known['pace'])} on average."
    )
    repetitions = [one for one in subjects(found, "split") if ":repetition:" in one.row_id]
    for number, one in enumerate(repetitions[:REPETITIONS_TOLD], start=1):
        yield _repetition(asking, number, values(found, one))


def _repetition(asking: Asking, number: int, known: Mapping[str, float]) -> str:
    parts = [asking.say.short(known["distance"])] if "distance" in known else []
    if "duration" in known:
        parts.append(f"in {duration_text(known['duration'])}")
    pace = f", a pace of {asking.say.pace(known['pace'])}" if "pace" in known else ""
    return f"Repetition {number}: {' '.join(parts)}{pace}."


def zones(asking: Asking) -> Iterator[str]:
    """How long one run stayed in each zone of heart rate."""
    found = asking.call("time_in_zones", **_which(asking))
    run = next((one for one in found.subjects if one.kind == "activity"), None)
    if run is None:
        yield nothing_found(asking)
        return
    told = {
        number: known
        for number, known in _zones(found).items()
        if known.get("share", 0.0) >= 0.5  # noqa: PLR2004  a share that rounds to nothing
    }
    if not told:
        yield f"{_name(asking, run)} has no time in zones: a heart rate is missing in it."
        return
    if asking.intent.period is not None and not asking.intent.period.one_day:
        yield "I can tell the time in zones run by run only, so here is the newest run."
    yield f"{_name(asking, run)}, time by heart rate."
    for number, known in told.items():
        yield f"Zone {number}: {known['share']:.0f} %."
    easy = sum(known["share"] for number, known in told.items() if number <= 2)  # noqa: PLR2004  the easy ones
    if easy >= EASY_SHARE:
        yield "That was easy running, as it should be for an easy day."
    else:
        yield "That was a demanding run, so let the next one be easy."


def _zones(found: Found) -> Mapping[int, Mapping[str, float]]:
    """The figures of each zone of heart rate, by its number."""
    known = {}
    for one in subjects(found, "split"):
        if ":heart rate zone " in one.row_id:
            known[int(one.row_id.rsplit(" ", 1)[1])] = values(found, one)
    return known
