"""What is true of runs, sums of them, and what they were run in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from truth_record import LOCAL_DAY, Find, Record, Spec, span
from truth_told import TODAY, Number, Truth

from strideiq.demo.calendar import RACES
from strideiq.demo.furnishing import PAIRS, RACE_SHOES

_DIMENSIONS = {
    "distance_m": "length",
    "moving_s": "time",
    "ascent_m": "length",
    "average_heart_rate_bpm": "rate",
    "max_heart_rate_bpm": "rate",
    "average_cadence_spm": "rate",
}


_COLUMNS = {
    "distance": "distance_m",
    "duration": "moving_s",
    "ascent": "ascent_m",
    "heart_rate": "average_heart_rate_bpm",
    "max_heart_rate": "max_heart_rate_bpm",
    "cadence": "average_cadence_spm",
}


def _run_meant(record: Record, spec: Spec) -> Any:
    """The run that a question is about."""
    if "days_ago" in spec or "day" in spec:
        back = int(spec.get("days_ago") or -int(spec["day"]))
        found = record.runs(f"{LOCAL_DAY} = :day", day=TODAY - timedelta(days=back))
    elif "weekday" in spec:
        wanted = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        back = (TODAY.weekday() - wanted.index(spec["weekday"])) % 7
        found = record.runs(f"{LOCAL_DAY} = :day", day=TODAY - timedelta(days=back))
    elif spec.get("sort") == "race":
        day = TODAY - timedelta(days=min(race.days_ago for race in RACES))
        found = record.runs(f"{LOCAL_DAY} = :day", day=day)
    elif "sort" in spec:
        pattern = {"long": "%long run%", "threshold": "Threshold%"}[spec["sort"]]
        found = record.runs("a.name ILIKE :name", name=pattern)
    elif spec.get("which") == "last_session":
        found = record.runs("a.name LIKE 'Intervals%'")
    else:
        found = record.runs()[1 if spec.get("which") == "second" else 0 :]
    return found[0] if found else None


def _run(record: Record, spec: Spec) -> Truth:
    row = _run_meant(record, spec)
    if row is None:
        return Truth(patterns=(r"no run",))
    asked = spec.get("field", "distance")
    if asked == "pace":
        return Truth((Number(row["moving_s"] / row["distance_m"], "pace"),))
    column = _COLUMNS[asked]
    return Truth((Number(row[column], _DIMENSIONS[column]),))


def _runs(record: Record, spec: Spec) -> Truth:
    if "count" in spec:
        rows = record.runs()[: int(spec["count"])]
        return Truth(tuple(Number(one["distance_m"], "length") for one in rows))
    rows = record.in_period(spec["period"])
    return Truth((Number(len(rows), "plain"), Number(rows[0]["distance_m"], "length")))


def _sum(rows: list[Any], asked: str) -> Number:
    if asked == "runs":
        return Number(len(rows), "plain")
    column = _COLUMNS[asked]
    return Number(sum(one[column] or 0.0 for one in rows), _DIMENSIONS[column])


def _total(record: Record, spec: Spec) -> Truth:
    return Truth((_sum(record.in_period(spec["period"]), spec.get("field", "distance")),))


def _average(record: Record, spec: Spec) -> Truth:
    """Per week of the last eight, twelve or 52 weeks, or of this year: any honest choice."""
    choices = []
    for name in ("days:28", "days:56", spec.get("period", "days:84"), "days:364", "days:365"):
        first, last = span(name)
        last = min(last, TODAY)  # days to come have no runs, and count for nothing
        rows = record.in_period(name)
        weeks = ((last - first).days + 1) / 7
        choices += [
            Number(sum(one["distance_m"] for one in rows) / weeks, "length"),
            Number(len(rows) / weeks, "plain"),
        ]
    return Truth(one_of=tuple(choices))


def _longest(record: Record, spec: Spec) -> Truth:
    rows = record.in_period(spec["period"], "a.distance_m DESC")
    equal = tuple(one["day"] for one in rows if one["distance_m"] == rows[0]["distance_m"])
    return Truth((Number(rows[0]["distance_m"], "length"),), one_day_of=equal)


def _fastest(record: Record, spec: Spec) -> Truth:
    row = record.in_period(spec["period"], "a.moving_s / a.distance_m")[0]
    return Truth((Number(row["moving_s"] / row["distance_m"], "pace"),), days=(row["day"],))


def _hilliest(record: Record, spec: Spec) -> Truth:
    row = record.in_period(spec["period"], "a.ascent_m DESC NULLS LAST")[0]
    return Truth((Number(row["ascent_m"], "length"),), days=(row["day"],))


def _splits(record: Record, spec: Spec) -> Truth:
    """The first whole kilometre of the run and its day or name."""
    row = _run_meant(record, spec)
    first = record.rows(
        "SELECT * FROM activity_split WHERE athlete_id = :me AND activity_id = :id"
        " AND kind = 'km' ORDER BY number LIMIT 1",
        id=row["activity_id"],
    )[0]
    return Truth((Number(first["moving_s"] / first["distance_m"], "pace"),))


def _intervals(record: Record, spec: Spec) -> Truth:
    row = _run_meant(record, spec)
    return Truth(patterns=(re.escape(row["name"]),), days=(row["day"],))


def _races(record: Record, spec: Spec) -> Truth:
    first, last = span(spec.get("period", "this_year"))
    days = [TODAY - timedelta(days=race.days_ago) for race in RACES]
    ran = sorted(day for day in days if first <= day <= last)
    del record
    return Truth(days=(ran[-1],))


def _compare_periods(record: Record, spec: Spec) -> Truth:
    both = [record.in_period(spec[key]) for key in ("a", "b")]
    return Truth(tuple(_sum(rows, "distance") for rows in both))


def _compare_runs(record: Record, spec: Spec) -> Truth:
    rows = record.runs()[:2]
    if "other" in spec:
        rows = [_run_meant(record, {"days_ago": spec[key]}) for key in ("days_ago", "other")]
    return Truth(tuple(Number(one["moving_s"] / one["distance_m"], "pace") for one in rows))


def _gear(record: Record, spec: Spec) -> Truth:
    """Everything from when a pair came until the next did, but for races, which have their own."""
    races = [TODAY - timedelta(days=race.days_ago) for race in RACES]
    name = spec.get("name", PAIRS[-1].name)
    pair = next(one for one in (*PAIRS, RACE_SHOES) if one.name == name)
    first = TODAY - timedelta(days=pair.from_days_ago)
    last = TODAY - timedelta(days=max(pair.until_days_ago, 1))
    last -= timedelta(days=pair.until_days_ago > 0)
    worn = record.runs(f"{LOCAL_DAY} BETWEEN :first AND :last", first=first, last=last)
    raced = pair is RACE_SHOES
    distance_m = sum(one["distance_m"] for one in worn if (one["day"] in races) == raced)
    return Truth((Number(distance_m, "length"),))


def _zones(record: Record, spec: Spec) -> Truth:
    del record, spec
    return Truth(patterns=(r"zone", r"\d+ ?%|\d:\d\d|\d min"))


def _state(record: Record, spec: Spec) -> Truth:
    del spec
    sums = [
        _sum(record.in_period(name), "distance")
        for name in ("this_week", "last_week", "days:7", "days:28")
    ]
    return Truth(one_of=tuple(sums))


def _rest_days(record: Record, spec: Spec) -> Truth:
    del spec
    ran = {one["day"] for one in record.runs()}
    day = TODAY - timedelta(days=1)
    while day in ran:
        day -= timedelta(days=1)
    return Truth(days=(day,))


TRUTHS: Mapping[str, Find] = {
    "run": _run,
    "runs": _runs,
    "total": _total,
    "average": _average,
    "longest": _longest,
    "fastest": _fastest,
    "hilliest": _hilliest,
    "splits": _splits,
    "intervals": _intervals,
    "races": _races,
    "compare_periods": _compare_periods,
    "compare_runs": _compare_runs,
    "gear": _gear,
    "zones": _zones,
    "state": _state,
    "rest_days": _rest_days,
}
"""By kind of question, what finds its truth."""
