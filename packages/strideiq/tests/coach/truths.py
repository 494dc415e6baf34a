"""What is true of the demo athlete, by SQL over the tables and by what the demo was made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from strideiq.coach.checking.dates import moments
from strideiq.coach.checking.numbers import figures
from strideiq.demo import mornings
from strideiq.demo.calendar import RACES, TRIALS
from strideiq.demo.furnishing import PAIRS, RACE_SHOES
from strideiq.fitness import public as fitness
from strideiq.physiology.public import pace_s_per_km, race_time_s

TODAY = date(2026, 11, 28)
"""The day on which the questions are asked: a Saturday."""
INDEX_NOW = 50.7
"""The form of the demo athlete on that day, as its calendar has it, give or take half a point."""
ZONE = "Europe/Zurich"
VISIBLE = "a.athlete_id = :me AND a.deleted_at IS NULL AND a.merged_into IS NULL"
LOCAL_DAY = f"(a.started_at AT TIME ZONE '{ZONE}')::date"
Spec = Mapping[str, str]


@dataclass(frozen=True)
class Number:
    """A figure that an answer must say: its value, its dimension, and how far off it may be."""

    value: float
    dimension: str
    share: float = 0.0

    def said_in(self, answer: str) -> bool:
        """Whether a figure of the answer is this one, as exactly as it is told."""
        allowed = self.share * abs(self.value)
        for told in figures(answer):
            for value, slack, dimension in told.readings:
                if (
                    dimension == self.dimension
                    and abs(value - self.value) <= slack + allowed + 1e-6
                ):
                    return True
        return False


@dataclass(frozen=True)
class Truth:
    """What an answer must say: all of the figures and days, one of each group, each pattern."""

    numbers: tuple[Number, ...] = ()
    one_of: tuple[Number, ...] = ()
    days: tuple[date, ...] = ()
    one_day_of: tuple[date, ...] = ()
    patterns: tuple[str, ...] = field(default=())

    def said_in(self, answer: str) -> bool:
        """Whether an answer says all of it."""
        told_days = [span for one in moments(answer, TODAY) for span in one.spans]
        return (
            all(one.said_in(answer) for one in self.numbers)
            and (not self.one_of or any(one.said_in(answer) for one in self.one_of))
            and all((day, day) in told_days for day in self.days)
            and (not self.one_day_of or any((one, one) in told_days for one in self.one_day_of))
            and all(re.search(one, answer, re.IGNORECASE) for one in self.patterns)
        )


@dataclass(frozen=True)
class Truths:
    """Finds the truth of a question by its kind and what it is about."""

    session: Session
    athlete_id: UUID

    def of(self, kind: str, spec: Spec) -> Truth:
        """The truth that an answer to a question must say."""
        return _TRUTHS[kind](self, spec)

    def rows(self, sql: str, **given: object) -> list[Any]:
        """The rows of a query; ``:me`` is the athlete."""
        found = self.session.execute(text(sql), {"me": self.athlete_id, **given})
        return list(found.mappings())

    def runs(
        self, where: str = "true", order: str = "a.started_at DESC", **given: object
    ) -> list[Any]:
        """Runs as they were recorded, the newest first, with their local day."""
        return self.rows(
            f"SELECT a.*, {LOCAL_DAY} AS day FROM activity a"
            f" WHERE {VISIBLE} AND a.sport = 'running' AND {where} ORDER BY {order}",
            **given,
        )

    def in_period(self, name: str, order: str = "a.started_at DESC") -> list[Any]:
        """The runs of a named period."""
        first, last = span(name)
        return self.runs(f"{LOCAL_DAY} BETWEEN :first AND :last", order, first=first, last=last)

    def morning(self, fields: str, first: date, last: date) -> list[float]:
        """What was said of some mornings, the newest version of each, the newest day first."""
        found = self.rows(
            "SELECT DISTINCT ON (day) day, figure FROM check_in_value WHERE athlete_id = :me"
            " AND field = :field AND day BETWEEN :first AND :last ORDER BY day DESC, version DESC",
            field=fields,
            first=first,
            last=last,
        )
        return [one["figure"] for one in found if one["figure"] is not None]


def span(name: str) -> tuple[date, date]:
    """The days of a period by its name in the lists of questions."""
    monday = TODAY - timedelta(days=TODAY.weekday())
    kind, _, rest = name.partition(":")
    if kind in {"days", "weeks"}:
        days = int(rest) * (7 if kind == "weeks" else 1)
        return TODAY - timedelta(days=days - 1), TODAY
    if kind == "since_month":
        return date(TODAY.year, int(rest), 1), TODAY
    if kind == "month":
        return _month(TODAY.year, int(rest))
    if kind == "between":
        first, last = rest.split(":")
        return date.fromisoformat(first), date.fromisoformat(last)
    return {
        "today": (TODAY, TODAY),
        "this_week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "week_before": (monday - timedelta(days=14), monday - timedelta(days=8)),
        "next_week": (monday + timedelta(days=7), monday + timedelta(days=13)),
        "this_month": _month(TODAY.year, TODAY.month),
        "last_month": _month(TODAY.year, TODAY.month - 1),
        "month_before": _month(TODAY.year, TODAY.month - 2),
        "this_year": (date(TODAY.year, 1, 1), date(TODAY.year, 12, 31)),
        "last_year": (date(TODAY.year - 1, 1, 1), date(TODAY.year - 1, 12, 31)),
        "all": (date(2000, 1, 1), TODAY),
    }[kind]


def _month(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


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


def _run_meant(truths: Truths, spec: Spec) -> Any:
    """The run that a question is about."""
    if "days_ago" in spec or "day" in spec:
        back = int(spec.get("days_ago") or -int(spec["day"]))
        found = truths.runs(f"{LOCAL_DAY} = :day", day=TODAY - timedelta(days=back))
    elif "weekday" in spec:
        wanted = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        back = (TODAY.weekday() - wanted.index(spec["weekday"])) % 7
        found = truths.runs(f"{LOCAL_DAY} = :day", day=TODAY - timedelta(days=back))
    elif spec.get("sort") == "race":
        day = TODAY - timedelta(days=min(race.days_ago for race in RACES))
        found = truths.runs(f"{LOCAL_DAY} = :day", day=day)
    elif "sort" in spec:
        pattern = {"long": "%long run%", "threshold": "Threshold%"}[spec["sort"]]
        found = truths.runs("a.name ILIKE :name", name=pattern)
    elif spec.get("which") == "last_session":
        found = truths.runs("a.name LIKE 'Intervals%'")
    else:
        found = truths.runs()[1 if spec.get("which") == "second" else 0 :]
    return found[0] if found else None


def _run(truths: Truths, spec: Spec) -> Truth:
    row = _run_meant(truths, spec)
    if row is None:
        return Truth(patterns=(r"no run",))
    asked = spec.get("field", "distance")
    if asked == "pace":
        return Truth((Number(row["moving_s"] / row["distance_m"], "pace"),))
    column = _COLUMNS[asked]
    return Truth((Number(row[column], _DIMENSIONS[column]),))


def _runs(truths: Truths, spec: Spec) -> Truth:
    if "count" in spec:
        rows = truths.runs()[: int(spec["count"])]
        return Truth(tuple(Number(one["distance_m"], "length") for one in rows))
    rows = truths.in_period(spec["period"])
    return Truth((Number(len(rows), "plain"), Number(rows[0]["distance_m"], "length")))


def _sum(rows: list[Any], asked: str) -> Number:
    if asked == "runs":
        return Number(len(rows), "plain")
    column = _COLUMNS[asked]
    return Number(sum(one[column] or 0.0 for one in rows), _DIMENSIONS[column])


def _total(truths: Truths, spec: Spec) -> Truth:
    return Truth((_sum(truths.in_period(spec["period"]), spec.get("field", "distance")),))


def _average(truths: Truths, spec: Spec) -> Truth:
    """Per week of the last eight, twelve or 52 weeks, or of this year: any honest choice."""
    choices = []
    for name in ("days:28", "days:56", spec.get("period", "days:84"), "days:364", "days:365"):
        first, last = span(name)
        rows = truths.in_period(name)
        weeks = ((last - first).days + 1) / 7
        choices += [
            Number(sum(one["distance_m"] for one in rows) / weeks, "length"),
            Number(len(rows) / weeks, "plain"),
        ]
    return Truth(one_of=tuple(choices))


def _longest(truths: Truths, spec: Spec) -> Truth:
    rows = truths.in_period(spec["period"], "a.distance_m DESC")
    equal = tuple(one["day"] for one in rows if one["distance_m"] == rows[0]["distance_m"])
    return Truth((Number(rows[0]["distance_m"], "length"),), one_day_of=equal)


def _fastest(truths: Truths, spec: Spec) -> Truth:
    row = truths.in_period(spec["period"], "a.moving_s / a.distance_m")[0]
    return Truth((Number(row["moving_s"] / row["distance_m"], "pace"),), days=(row["day"],))


def _hilliest(truths: Truths, spec: Spec) -> Truth:
    row = truths.in_period(spec["period"], "a.ascent_m DESC NULLS LAST")[0]
    return Truth((Number(row["ascent_m"], "length"),), days=(row["day"],))


def _efforts(truths: Truths, distance_m: float) -> list[Any]:
    """Counting efforts over a distance, the fastest first."""
    return truths.rows(
        f"SELECT b.*, (b.achieved_at AT TIME ZONE '{ZONE}')::date AS day"
        f" FROM best_effort b JOIN activity a USING (athlete_id, activity_id)"
        f" WHERE {VISIBLE} AND b.counts AND abs(b.distance_m - :metres) < 1 ORDER BY b.elapsed_s",
        metres=distance_m,
    )


def _best(truths: Truths, spec: Spec) -> Truth:
    fastest = _efforts(truths, float(spec["distance"]))[0]
    return Truth((Number(fastest["elapsed_s"], "time"),), days=(fastest["day"],))


def _best_history(truths: Truths, spec: Spec) -> Truth:
    """The best and the one that it beat: the fastest of all that were run before it."""
    efforts = _efforts(truths, float(spec["distance"]))
    before = [one for one in efforts if one["achieved_at"] < efforts[0]["achieved_at"]]
    return Truth(
        tuple(Number(one["elapsed_s"], "time") for one in (efforts[0], *before[:1])),
        days=(efforts[0]["day"],),
    )


def _all_bests(truths: Truths, spec: Spec) -> Truth:
    del spec
    distances = {contest.distance_m for contest in (*RACES, *TRIALS)}
    return Truth(
        tuple(Number(_efforts(truths, metres)[0]["elapsed_s"], "time") for metres in distances)
    )


def _splits(truths: Truths, spec: Spec) -> Truth:
    """The first whole kilometre of the run and its day or name."""
    row = _run_meant(truths, spec)
    first = truths.rows(
        "SELECT * FROM activity_split WHERE athlete_id = :me AND activity_id = :id"
        " AND kind = 'km' ORDER BY number LIMIT 1",
        id=row["activity_id"],
    )[0]
    return Truth((Number(first["moving_s"] / first["distance_m"], "pace"),))


def _intervals(truths: Truths, spec: Spec) -> Truth:
    row = _run_meant(truths, spec)
    return Truth(patterns=(re.escape(row["name"]),), days=(row["day"],))


def _paces(truths: Truths, spec: Spec) -> Truth:
    del truths
    fraction = {"easy": 0.67, "threshold": 0.88, "interval": 0.97, "marathon": 0.8}
    asked = spec.get("field", "threshold")
    if asked == "marathon":
        expected = float(race_time_s(INDEX_NOW, 42_195)) / 42_195
    else:
        expected = float(pace_s_per_km(INDEX_NOW, fraction[asked])) / 1000
    return Truth((Number(expected, "pace", 0.06 if asked == "easy" else 0.03),))


def _history(truths: Truths) -> fitness.History:
    """The days as the fitness page has them; its equations have tests of their own."""
    known = fitness.history(truths.session, truths.athlete_id, TODAY)
    assert known is not None
    return known


def _fitness(truths: Truths, spec: Spec) -> Truth:
    del spec
    known = _history(truths)
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


def _fitness_trend(truths: Truths, spec: Spec) -> Truth:
    del spec
    known = _history(truths).fitness
    return Truth(
        patterns=(_direction(float(known[-29]), float(known[-1]), 3.0),),
        one_of=(Number(float(known[-1]), "plain"), Number(float(known[-2]), "plain")),
    )


def _load(truths: Truths, spec: Spec) -> Truth:
    first, last = span(spec["period"])
    known = _history(truths)
    return Truth((Number(float(known.load[known.at(first) : known.at(last) + 1].sum()), "plain"),))


def _monotony(truths: Truths, spec: Spec) -> Truth:
    del spec
    known = _history(truths).monotony
    return Truth(one_of=tuple(Number(float(known[at]), "plain") for at in (-1, -2)))


def _efficiency(truths: Truths, spec: Spec) -> Truth:
    """The athlete's index rises through the three years, so nothing may be said to fall."""
    del truths, spec
    return Truth(patterns=(f"{RISING}|{FLAT}", r"efficien"))


def _decoupling(truths: Truths, spec: Spec) -> Truth:
    del spec
    runs = truths.rows(
        "SELECT l.decoupling, a.name FROM activity_load l JOIN activity a"
        f" USING (athlete_id, activity_id) WHERE {VISIBLE} AND a.sport = 'running'"
        " AND l.decoupling IS NOT NULL AND l.running_s >= 1800 ORDER BY a.started_at DESC"
    )
    long = next(one for one in runs if "long" in one["name"].lower())
    choices = {100 * runs[0]["decoupling"], 100 * long["decoupling"]}
    return Truth(one_of=tuple(Number(one, "share") for one in choices))


def _heart_rate_trend(truths: Truths, spec: Spec) -> Truth:
    del truths, spec
    return Truth(patterns=(r"heart|efficien", f"{RISING}|{FALLING}|{FLAT}"))


def _workouts(truths: Truths, first: date, last: date) -> list[Any]:
    """The workouts of some days where they stand now, the athlete's word before the plan's."""
    return truths.rows(
        """
        SELECT * FROM (
            SELECT w.*, coalesce((
                SELECT (n.value #>> '{}')::date FROM planned_workout_annotation n
                WHERE n.athlete_id = w.athlete_id AND n.workout_id = w.workout_id
                AND n.field = 'day' ORDER BY n.version DESC LIMIT 1), w.day) AS stands,
                EXISTS (SELECT 1 FROM workout_match m WHERE m.athlete_id = w.athlete_id
                AND m.workout_id = w.workout_id) AS done
            FROM planned_workout w
            WHERE w.athlete_id = :me AND w.superseded_by IS NULL) AS each
        WHERE stands BETWEEN :first AND :last ORDER BY stands
        """,
        first=first,
        last=last,
    )


def _planned(truths: Truths, spec: Spec) -> Truth:
    if "next" in spec:
        ahead = _workouts(truths, TODAY, TODAY + timedelta(days=28))
        one = next(each for each in ahead if each["session"] == "long")
        return Truth((Number(one["distance_m"], "length", 0.03),), days=(one["stands"],))
    if "day" in spec:
        day = TODAY + timedelta(days=int(spec["day"]))
        first, last = day, day
    else:
        first, last = span(spec["period"])
    found = _workouts(truths, first, last)
    if not found:
        return Truth(patterns=(r"nothing|rest|no workout",))
    return Truth(tuple(Number(one["distance_m"], "length", 0.03) for one in found))


def _plan_done(truths: Truths, spec: Spec) -> Truth:
    """How many of the workouts that were due have a run to them."""
    first, last = span(spec["period"])
    spans = [(first, last)]
    if spec["period"].startswith("days:"):
        spans.append((first - timedelta(days=first.weekday()) + timedelta(days=7), last))
    choices = []
    for begin, end in spans:
        due = _workouts(truths, begin, min(end, TODAY - timedelta(days=1)))
        choices.append(Number(100 * sum(one["done"] for one in due) / len(due), "share", 0.01))
    return Truth(one_of=tuple(choices))


def _predict(truths: Truths, spec: Spec) -> Truth:
    del truths
    expected = float(race_time_s(INDEX_NOW, float(spec["distance"])))
    return Truth((Number(expected, "time", 0.04),))


def _race_goal(truths: Truths, spec: Spec) -> Truth:
    del spec
    day = truths.rows(
        "SELECT min(race_day) AS day FROM training_plan WHERE athlete_id = :me"
        " AND deleted_at IS NULL AND race_day >= :today",
        today=TODAY,
    )[0]["day"]
    return Truth((Number((day - TODAY).days, "plain"),), days=(day,))


def _races(truths: Truths, spec: Spec) -> Truth:
    first, last = span(spec.get("period", "this_year"))
    days = [TODAY - timedelta(days=race.days_ago) for race in RACES]
    ran = sorted(day for day in days if first <= day <= last)
    del truths
    return Truth(days=(ran[-1],))


_MORNING = {
    "sleep": ("sleep_h", "time", 3600.0),
    "resting_heart_rate": ("resting_heart_rate_bpm", "rate", 1.0),
    "hrv": ("hrv_ms", "time", 0.001),
    "mood": ("mood", "plain", 1.0),
    "soreness": ("soreness", "plain", 1.0),
    "stress": ("stress", "plain", 1.0),
    "weight": ("weight_kg", "mass", 1.0),
}


def _mean_or_last(kind: str) -> Callable[[Truths, Spec], Truth]:
    """The newest value, or the mean of the days that were asked for or of a usual span."""
    name, dimension, factor = _MORNING[kind]

    def truth(truths: Truths, spec: Spec) -> Truth:
        spans = (
            [spec["period"]] if "period" in spec else ["days:7", "days:14", "days:28", "days:30"]
        )
        spans += ["this_week"] if spec.get("period") == "days:7" else []
        values = [truths.morning(name, *span(one)) for one in spans]
        choices = [sum(each) / len(each) for each in values if each]
        if "period" not in spec:
            choices.append(truths.morning(name, *span("days:28"))[0])
        return Truth(one_of=tuple(Number(one * factor, dimension) for one in choices))

    return truth


def _check_ins(truths: Truths, spec: Spec) -> Truth:
    return Truth(one_of=_mean_or_last("sleep")(truths, spec).one_of)


def _nutrition(truths: Truths, spec: Spec) -> Truth:
    """The mean day of those that have entries; of today and of one day, its sum."""
    names = [span(spec["period"])] if "period" in spec else [(TODAY - timedelta(days=1),) * 2]
    if spec.get("period") == "days:7":
        names.append(span("this_week"))
    choices: list[Number] = []
    for first, last in names:
        sums = truths.rows(
            f"SELECT sum(energy_kcal) AS energy, sum(carbohydrate_g) AS carbohydrate,"
            f" sum(protein_g) AS protein, (eaten_at AT TIME ZONE '{ZONE}')::date AS day"
            " FROM nutrition_entry WHERE athlete_id = :me AND deleted_at IS NULL"
            f" AND (eaten_at AT TIME ZONE '{ZONE}')::date BETWEEN :first AND :last GROUP BY 4",
            first=first,
            last=last,
        )
        for column, dimension, factor in (
            ("energy", "energy", 1.0),
            ("carbohydrate", "mass", 0.001),
            ("protein", "mass", 0.001),
        ):
            mean = sum(one[column] or 0.0 for one in sums) / len(sums)
            choices.append(Number(mean * factor, dimension))
    return Truth(one_of=tuple(choices))


def _relation(truths: Truths, spec: Spec) -> Truth:
    """What was planted among the mornings, and what was not."""
    del truths
    names = {"sleep": "sleep_h", "hrv": "hrv_ms", "resting_heart_rate": "resting_heart_rate_bpm"}
    first, second = (names.get(one, one) for one in spec["pair"].split(","))
    if (first, second) in mornings.SEEN:
        return Truth(patterns=(r"\byes\b",))
    assert (first, second) in mornings.ABSENT
    return Truth(patterns=(r"\bchance\b",))


def _compare_periods(truths: Truths, spec: Spec) -> Truth:
    both = [truths.in_period(spec[key]) for key in ("a", "b")]
    return Truth(tuple(_sum(rows, "distance") for rows in both))


def _compare_runs(truths: Truths, spec: Spec) -> Truth:
    rows = truths.runs()[:2]
    if "other" in spec:
        rows = [_run_meant(truths, {"days_ago": spec[key]}) for key in ("days_ago", "other")]
    return Truth(tuple(Number(one["moving_s"] / one["distance_m"], "pace") for one in rows))


def _gear(truths: Truths, spec: Spec) -> Truth:
    """Everything from when a pair came until the next did, but for races, which have their own."""
    races = [TODAY - timedelta(days=race.days_ago) for race in RACES]
    name = spec.get("name", PAIRS[-1].name)
    pair = next(one for one in (*PAIRS, RACE_SHOES) if one.name == name)
    first = TODAY - timedelta(days=pair.from_days_ago)
    last = TODAY - timedelta(days=max(pair.until_days_ago, 1))
    last -= timedelta(days=pair.until_days_ago > 0)
    worn = truths.runs(f"{LOCAL_DAY} BETWEEN :first AND :last", first=first, last=last)
    raced = pair is RACE_SHOES
    distance_m = sum(one["distance_m"] for one in worn if (one["day"] in races) == raced)
    return Truth((Number(distance_m, "length"),))


def _injuries(truths: Truths, spec: Spec) -> Truth:
    del truths, spec
    return Truth(patterns=("knee",))


def _medical(truths: Truths, spec: Spec) -> Truth:
    del truths, spec
    return Truth(patterns=(r"doctor|physiotherapist", r"cannot (?:examine|tell|judge|say)|diagnos"))


def _zones(truths: Truths, spec: Spec) -> Truth:
    del truths, spec
    return Truth(patterns=(r"zone", r"\d+ ?%|\d:\d\d|\d min"))


def _today(truths: Truths, spec: Spec) -> Truth:
    return _planned(truths, {**spec, "day": "0"})


def _state(truths: Truths, spec: Spec) -> Truth:
    del spec
    sums = [
        _sum(truths.in_period(name), "distance")
        for name in ("this_week", "last_week", "days:7", "days:28")
    ]
    return Truth(one_of=tuple(sums))


def _rest_days(truths: Truths, spec: Spec) -> Truth:
    del spec
    ran = {one["day"] for one in truths.runs()}
    day = TODAY - timedelta(days=1)
    while day in ran:
        day -= timedelta(days=1)
    return Truth(days=(day,))


def _talk(pattern: str) -> Callable[[Truths, Spec], Truth]:
    def truth(truths: Truths, spec: Spec) -> Truth:
        del truths, spec
        return Truth(patterns=(pattern, r"^[^\d]*$"))

    return truth


_TRUTHS: Mapping[str, Callable[[Truths, Spec], Truth]] = {
    "run": _run,
    "runs": _runs,
    "total": _total,
    "average": _average,
    "longest": _longest,
    "fastest": _fastest,
    "hilliest": _hilliest,
    "best": _best,
    "best_history": _best_history,
    "all_bests": _all_bests,
    "splits": _splits,
    "intervals": _intervals,
    "paces": _paces,
    "fitness": _fitness,
    "fitness_trend": _fitness_trend,
    "load": _load,
    "monotony": _monotony,
    "efficiency": _efficiency,
    "decoupling": _decoupling,
    "heart_rate_trend": _heart_rate_trend,
    "planned": _planned,
    "plan_done": _plan_done,
    "predict": _predict,
    "race_goal": _race_goal,
    "races": _races,
    **{kind: _mean_or_last(kind) for kind in _MORNING},
    "check_ins": _check_ins,
    "nutrition": _nutrition,
    "relation": _relation,
    "compare_periods": _compare_periods,
    "compare_runs": _compare_runs,
    "gear": _gear,
    "injuries": _injuries,
    "medical": _medical,
    "zones": _zones,
    "today": _today,
    "state": _state,
    "rest_days": _rest_days,
    "help": _talk("ask me"),
    "greeting": _talk("hello"),
    "thanks": _talk("welcome"),
    "others": _talk("only your own|nobody else"),
    "off_topic": _talk("only your own|not something"),
    "forecast": _talk("weather|only your own"),
    "change": _talk("do not change|calendar"),
}
