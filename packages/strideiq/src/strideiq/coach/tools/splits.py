"""Tools of what is inside one run: its splits and laps, its intervals, its time in zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import Figure, RowSet, Subject, Trend
from strideiq.coach.tools import reading
from strideiq.coach.tools.making import (
    FORMULA_VERSION,
    activity_figures,
    activity_subject,
    figures_of,
)
from strideiq.coach.tools.runs import OneRun, chosen, last_calls, missing_run
from strideiq.coach.tools.tool import ROWS_MAX, Found, Scope, Tool
from strideiq.coach.tools.trending import direction_of_change

LONG = {"km": ("kilometre", "kilometer", "km"), "mile": ("mile",), "lap": ("lap",)}
LENGTH_M = {"km": 1000.0, "mile": 1609.344}
WHOLE_SHARE = 0.98
"""A split that is shorter than this is the rest at the end, and no rank is told of it."""
HALVES_MIN = 4
HALVES_SHARE = 0.015
"""By this share the second half of a run must differ in pace from the first to be told."""
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
            "ninth", "tenth")  # fmt: skip
ZONE_WORDS = (
    "zone 1",
    "zone 2",
    "zone 3",
    "zone 4",
    "zone 5",
)


class Splits(OneRun):
    """Of which run, and of what length."""

    kind: Literal["km", "mile", "lap"] = Field(
        "km", description="Kilometres, miles, or laps as the watch marked them."
    )


def splits(scope: Scope, asked: Splits) -> Found:
    """The splits of one run, and whether it got faster or slower."""
    one = chosen(scope, asked)
    if one is None:
        return Found(missing=missing_run(asked))
    run = activity_subject(one, *last_calls(asked))
    parts = reading.splits(scope, one.activity.activity_id, asked.kind)
    if not parts:
        return Found(
            activity_figures_of_run(run, one),
            subjects=(run,),
            missing=f"This run has no {asked.kind} splits: no samples with a distance.",
        )
    shown = parts[:ROWS_MAX]
    subjects = _split_subjects(run, shown, asked.kind)
    version = one.activity.formula_version
    figures = [
        figure
        for subject, part in zip(subjects, shown, strict=True)
        for figure in _part_figures(subject, part, version)
    ]
    return Found(
        (*activity_figures_of_run(run, one), *figures),
        _halves(run, parts, asked.kind),
        (run, *subjects),
        tuple(_part_row(part, asked.kind) for part in shown),
        cut_off=len(parts) > len(shown),
        sets=() if len(parts) > len(shown) else (_set_of(shown, subjects, asked.kind),),
    )


def _set_of(
    parts: Sequence[activities.SplitView], subjects: Sequence[Subject], kind: str
) -> RowSet:
    """The parts of one run, without the rest at its end."""
    return RowSet(
        (*LONG[kind], "split"),
        tuple(
            frozenset({subject})
            for subject, part in zip(subjects, parts, strict=True)
            if part.distance_m >= WHOLE_SHARE * LENGTH_M.get(kind, 1.0)
        ),
        of_one=True,
    )


def activity_figures_of_run(subject: Subject, one: activities.Dated) -> tuple[Figure, ...]:
    """The figures of the whole run, beside those of its parts."""
    return tuple(activity_figures(subject, one.activity))


def _split_subjects(
    run: Subject, parts: Sequence[activities.SplitView], kind: str
) -> list[Subject]:
    whole = [part for part in parts if part.distance_m >= WHOLE_SHARE * LENGTH_M.get(kind, 1.0)]
    paces = sorted(whole, key=lambda part: part.moving_s / part.distance_m)
    ranks: dict[int, tuple[str, ...]] = {}
    if len(paces) > 1:
        ranks = {paces[0].number: ("fastest", "quickest"), paces[-1].number: ("slowest",)}
    last = parts[-1].number
    return [
        _part_subject(
            run,
            f"{kind}:{part.number}",
            [
                *(f"{word} {part.number}" for word in (*LONG[kind], "split")),
                *(
                    f"{rank} {word}"
                    for rank in (
                        *ranks.get(part.number, ()),
                        *ORDINALS[part.number - 1 : part.number],
                        *(("last", "final") if part.number == last else ()),
                    )
                    for word in (*LONG[kind], "split")
                ),
            ],
        )
        for part in parts
    ]


def _part_subject(run: Subject, part: str, aliases: Sequence[str]) -> Subject:
    return replace(
        run, kind="split", row_id=f"{run.row_id}:{part}", name="", aliases=tuple(aliases)
    )


def _part_figures(
    subject: Subject, part: activities.SplitView, version: int | None
) -> list[Figure]:
    values = {
        "distance": part.distance_m,
        "duration": part.moving_s,
        "heart_rate": part.average_heart_rate_bpm,
        "ascent": part.ascent_m,
    }
    pace = part.moving_s / part.distance_m if part.distance_m else None
    return [
        *figures_of(subject, values, version),
        *figures_of(subject, {"pace": pace}, FORMULA_VERSION),
    ]


def _part_row(part: activities.SplitView, kind: str) -> dict[str, object]:
    heart = part.average_heart_rate_bpm
    return {
        "kind": kind,
        "number": part.number,
        "distance_m": round(part.distance_m, 1),
        "moving_s": round(part.moving_s, 1),
        "pace_s_per_km": round(1000 * part.moving_s / part.distance_m, 1)
        if part.distance_m
        else None,
        "average_heart_rate_bpm": None if heart is None else round(heart, 1),
        "ascent_m": None if part.ascent_m is None else round(part.ascent_m, 1),
    }


def _halves(run: Subject, parts: Sequence[activities.SplitView], kind: str) -> tuple[Trend, ...]:
    """Whether the second half of the whole splits was run at another pace than the first."""
    length_m = LENGTH_M.get(kind)
    whole = [one for one in parts if length_m and one.distance_m >= WHOLE_SHARE * length_m]
    half = len(whole) // 2
    if len(whole) < HALVES_MIN:
        return ()
    first, second = (
        sum(one.moving_s for one in some) / sum(one.distance_m for one in some)
        for some in (whole[:half], whole[-half:])
    )
    direction = direction_of_change(first, second, HALVES_SHARE)
    return (Trend(f"{run.row_id}/halves", run, "pace", direction, len(whole), FORMULA_VERSION),)


def intervals(scope: Scope, asked: OneRun) -> Found:
    """The fast stretches of an interval session, as the run itself shows them."""
    one = chosen(scope, asked)
    if one is None:
        return Found(missing=missing_run(asked))
    run = activity_subject(one, *last_calls(asked))
    found = reading.analysis(scope, one.activity)
    works = [each.split for each in found.intervals if each.work]
    if not works:
        return Found(
            activity_figures_of_run(run, one),
            subjects=(run,),
            missing="This run has no intervals: no fast stretches with slower ones between.",
        )
    version = activities.FORMULA_VERSION
    subjects = [_repetition(run, part, len(works)) for part in works]
    figures = [
        figure
        for subject, part in zip(subjects, works, strict=True)
        for figure in _part_figures(subject, part, version)
    ]
    together = _part_subject(
        run, "intervals", ("the repetitions", "the intervals", "the reps", "the repeats",
                           "your repetitions", "your intervals", "your reps", "your repeats",
                           "per repetition", "per rep", "on average")
    )  # fmt: skip
    metres = sum(part.distance_m for part in works)
    seconds = sum(part.elapsed_s for part in works)
    figures += figures_of(
        together,
        {
            "repetitions": len(works),
            "pace": seconds / metres if metres else None,
            "distance": metres / len(works),
            "duration": seconds / len(works),
        },
        FORMULA_VERSION,
    )
    figures += figures_of(run, {"repetitions": len(works)}, version)
    rows = [_part_row(part, "repetition") for part in works[: ROWS_MAX - 1]]
    return Found(
        (*activity_figures_of_run(run, one), *figures),
        subjects=(run, together, *subjects),
        rows=({"session": found.session}, *rows),
    )


def _repetition(run: Subject, part: activities.SplitView, count: int) -> Subject:
    words = ("repetition", "rep", "interval", "repeat")
    ranks = [*ORDINALS[part.number - 1 : part.number]]
    ranks += ["last", "final"] if part.number == count else []
    aliases = [f"{word} {part.number}" for word in words]
    aliases += [f"{rank} {word}" for rank in ranks for word in words]
    return _part_subject(run, f"repetition:{part.number}", aliases)


def time_in_zones(scope: Scope, asked: OneRun) -> Found:
    """How long one run stayed in each of the five zones of heart rate and of pace."""
    one = chosen(scope, asked)
    if one is None:
        return Found(missing=missing_run(asked))
    run = activity_subject(one, *last_calls(asked))
    found = reading.analysis(scope, one.activity)
    figures: list[Figure] = []
    rows: list[dict[str, object]] = []
    for what, times in (("heart rate", found.heart_rate), ("pace", found.speed)):
        if times is None or not times.total_s:
            continue
        for number, seconds in enumerate(times.seconds):
            share = 100 * seconds / times.total_s
            subject = _zone(run, what, number)
            figures += figures_of(
                subject, {"duration": seconds, "share": share}, activities.FORMULA_VERSION
            )
            rows.append(
                {"zones_of": what, "zone": number + 1, "seconds": round(seconds, 1),
                 "share_percent": round(share, 1), "limits_from": times.zones.basis}
            )  # fmt: skip
    missing = "" if found.heart_rate else "No heart rate was recorded in this run."
    return Found(
        (*activity_figures_of_run(run, one), *figures),
        subjects=(run,),
        rows=tuple(rows),
        missing=missing,
    )


def _zone(run: Subject, what: str, number: int) -> Subject:
    name = ZONE_WORDS[number]
    aliases = [f"{what} {name}", f"{name} of {what}", f"{name} by {what}"]
    aliases += [name, name.replace("zone ", "z")] if what == "heart rate" else []
    return _part_subject(run, f"{what} {name}", aliases)


SPLITS = Tool(
    "splits",
    "The kilometres, miles or laps of one run, and whether it got faster or slower.",
    Splits,
    splits,
)
INTERVALS = Tool(
    "intervals",
    "The fast repetitions of one run: how many, how long, how fast.",
    OneRun,
    intervals,
)
TIME_IN_ZONES = Tool(
    "time_in_zones",
    "How long one run stayed in each zone of heart rate and of pace.",
    OneRun,
    time_in_zones,
)
