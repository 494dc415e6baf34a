"""What is true of bests, paces, fitness, load and what could be raced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from truth_record import VISIBLE, ZONE, Find, Record, Spec, span
from truth_told import TODAY, Number, Truth

from strideiq.demo.calendar import RACES, TRIALS
from strideiq.fitness import public as fitness
from strideiq.physiology.public import pace_s_per_km, race_time_s

INDEX_NOW = 50.7
"""The form of the demo athlete on that day, as its calendar has it, give or take half a point."""


def _efforts(record: Record, distance_m: float) -> list[Any]:
    """Counting efforts over a distance, the fastest first."""
    return record.rows(
        f"SELECT b.*, (b.achieved_at AT TIME ZONE '{ZONE}')::date AS day"
        f" FROM best_effort b JOIN activity a USING (athlete_id, activity_id)"
        f" WHERE {VISIBLE} AND b.counts AND abs(b.distance_m - :metres) < 1 ORDER BY b.elapsed_s",
        metres=distance_m,
    )


def _best(record: Record, spec: Spec) -> Truth:
    fastest = _efforts(record, float(spec["distance"]))[0]
    return Truth((Number(fastest["elapsed_s"], "time"),), days=(fastest["day"],))


def _best_history(record: Record, spec: Spec) -> Truth:
    """The best and the one that it beat: the fastest of all that were run before it."""
    efforts = _efforts(record, float(spec["distance"]))
    before = [one for one in efforts if one["achieved_at"] < efforts[0]["achieved_at"]]
    return Truth(
        tuple(Number(one["elapsed_s"], "time") for one in (efforts[0], *before[:1])),
        days=(efforts[0]["day"],),
    )


def _all_bests(record: Record, spec: Spec) -> Truth:
    del spec
    distances = {contest.distance_m for contest in (*RACES, *TRIALS)}
    return Truth(
        tuple(Number(_efforts(record, metres)[0]["elapsed_s"], "time") for metres in distances)
    )


def _paces(record: Record, spec: Spec) -> Truth:
    del record
    fraction = {"easy": 0.67, "threshold": 0.88, "interval": 0.97, "marathon": 0.8}
    asked = spec.get("field", "threshold")
    if asked == "marathon":
        expected = float(race_time_s(INDEX_NOW, 42_195)) / 42_195
    else:
        expected = float(pace_s_per_km(INDEX_NOW, fraction[asked])) / 1000
    return Truth((Number(expected, "pace", 0.06 if asked == "easy" else 0.03),))


def _history(record: Record) -> fitness.History:
    """The days as the fitness page has them; its equations have tests of their own."""
    known = fitness.history(record.session, record.athlete_id, TODAY)
    assert known is not None
    return known


def _fitness(record: Record, spec: Spec) -> Truth:
    del spec
    known = _history(record)
    return Truth(
        one_of=tuple(
            Number(float(series[at]), "plain")
            for series in (known.fitness, known.fatigue, known.form)
            for at in (-1, -2)
        )
    )


RISING, FALLING, FLAT = (
    r"ris|up|improv|higher|fitter|better",
    r"fall|down|lower|worse",
    r"steady|same",
)


def _direction(before: float, after: float, noise: float) -> str:
    if abs(after - before) <= noise:
        return f"{RISING}|{FALLING}|{FLAT}"
    return f"{RISING}|{FLAT}" if after > before else f"{FALLING}|{FLAT}"


def _fitness_trend(record: Record, spec: Spec) -> Truth:
    del spec
    known = _history(record).fitness
    return Truth(
        patterns=(_direction(float(known[-29]), float(known[-1]), 3.0),),
        one_of=(Number(float(known[-1]), "plain"), Number(float(known[-2]), "plain")),
    )


def _load(record: Record, spec: Spec) -> Truth:
    first, last = span(spec["period"])
    known = _history(record)
    return Truth((Number(float(known.load[known.at(first) : known.at(last) + 1].sum()), "plain"),))


def _monotony(record: Record, spec: Spec) -> Truth:
    del spec
    known = _history(record).monotony
    return Truth(one_of=tuple(Number(float(known[at]), "plain") for at in (-1, -2)))


def _efficiency(record: Record, spec: Spec) -> Truth:
    """The athlete's index rises through the three years, so nothing may be said to fall."""
    del record, spec
    return Truth(patterns=(f"{RISING}|{FLAT}", r"efficien"))


def _decoupling(record: Record, spec: Spec) -> Truth:
    del spec
    runs = record.rows(
        "SELECT l.decoupling, a.name FROM activity_load l JOIN activity a"
        f" USING (athlete_id, activity_id) WHERE {VISIBLE} AND a.sport = 'running'"
        " AND l.decoupling IS NOT NULL AND l.running_s >= 1800 ORDER BY a.started_at DESC"
    )
    long = next(one for one in runs if "long" in one["name"].lower())
    choices = {100 * runs[0]["decoupling"], 100 * long["decoupling"]}
    return Truth(one_of=tuple(Number(one, "share") for one in choices))


def _heart_rate_trend(record: Record, spec: Spec) -> Truth:
    del record, spec
    return Truth(patterns=(r"heart|efficien", f"{RISING}|{FALLING}|{FLAT}"))


def _predict(record: Record, spec: Spec) -> Truth:
    del record
    expected = float(race_time_s(INDEX_NOW, float(spec["distance"])))
    return Truth((Number(expected, "time", 0.04),))


TRUTHS: Mapping[str, Find] = {
    "best": _best,
    "best_history": _best_history,
    "all_bests": _all_bests,
    "paces": _paces,
    "fitness": _fitness,
    "fitness_trend": _fitness_trend,
    "load": _load,
    "monotony": _monotony,
    "efficiency": _efficiency,
    "decoupling": _decoupling,
    "heart_rate_trend": _heart_rate_trend,
    "predict": _predict,
}
"""By kind of question, what finds its truth."""
