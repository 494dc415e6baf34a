"""Three years in a runner's life: fitness, races, training blocks, rest, illness.

Everything is decided here as plain outings with distances and paces; ``recording.py`` turns
each into what a watch would have recorded. Races and time trials are run in whole seconds over
the exact distance, and nothing else is run faster: they are the truths that the demo knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from strideiq.demo.routes import ROUTES, Route
from strideiq.physiology.public import MARATHON_M, MILE_M, pace_s_per_km, race_time_s

YEARS_DAYS = 3 * 365
HALF_M = MARATHON_M / 2


@dataclass(frozen=True)
class Contest:
    """A race or time trial: run this many days ago at this index."""

    days_ago: int
    name: str
    distance_m: float
    index: float
    route: str = "town"


RACES = (
    Contest(1043, "Town 5 km", 5_000, 39.4),
    Contest(966, "River 10 km", 10_000, 40.7, "river"),
    Contest(861, "Castle half marathon", HALF_M, 41.5, "lake"),
    Contest(756, "Town 5 km", 5_000, 43.2),
    Contest(686, "River 10 km", 10_000, 44.2, "river"),
    Contest(623, "Lake marathon", MARATHON_M, 42.9, "lake"),
    Contest(539, "Town 5 km", 5_000, 45.8),
    Contest(483, "Castle half marathon", HALF_M, 46.2, "lake"),
    Contest(406, "Ridge 15 km", 15_000, 46.5, "forest"),
    Contest(329, "River 10 km", 10_000, 47.5, "river"),
    Contest(252, "Lake marathon", MARATHON_M, 48.1, "lake"),
    Contest(168, "Ridge 15 km", 15_000, 49.6, "forest"),
    Contest(119, "Castle half marathon", HALF_M, 49.4, "lake"),
    Contest(84, "River 10 km", 10_000, 50.1, "river"),
    Contest(35, "Town 5 km", 5_000, 50.6),
    Contest(21, "3 km on the track", 3_000, 50.9, "track"),
)
TRIALS = (
    Contest(911, "Mile time trial", MILE_M, 41.0, "track"),
    Contest(715, "1 km time trial", 1_000, 43.5, "track"),
    Contest(575, "800 m time trial", 800, 45.2, "track"),
    Contest(568, "400 m time trial", 400, 45.2, "track"),
    Contest(309, "Mile time trial", MILE_M, 47.6, "track"),
    Contest(70, "1 km time trial", 1_000, 50.3, "track"),
    Contest(63, "800 m time trial", 800, 50.4, "track"),
    Contest(56, "400 m time trial", 400, 50.5, "track"),
    Contest(49, "Mile time trial", MILE_M, 50.5, "track"),
)
AWAY: tuple[tuple[int, int, str], ...] = (
    (1012, 1006, "ill"),
    (812, 795, "holiday"),
    (597, 579, "injured"),
    (438, 431, "ill"),
)
"""From and to how many days ago there was no running, and why."""

Kind = Literal["easy", "long", "quality", "race", "trial", "ride"]

SHORT_EXPONENT = 1.08
"""How times under a mile follow from the mile, where the equations for races end."""

TAPER_DAYS, LAST_LONG_RUN_DAYS, LAST_FAST_RUN_DAYS = 7, 5, 3
"""How long before a race the training shrinks, and the last long and fast runs are."""

RECOVERY_DAYS, RETURN_DAYS = 5, 10
"""How long nothing is fast after a race, and after time away."""

MARATHON_BLOCK_DAYS = range(15, 98)
"""When before a marathon the long runs are longer."""

MISSED_SHARE = 0.10
"""How often life comes between the athlete and a run."""

SHORT_REPEAT_M = 400
TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Segment:
    """A part of an outing at one effort; ``exact_s`` fixes its time to the second."""

    name: str
    distance_m: float
    speed_mps: float
    exact_s: int | None = None


@dataclass(frozen=True)
class Outing:
    """One run (or ride) as it was meant and done."""

    day: date
    name: str
    kind: Kind
    route: Route
    segments: tuple[Segment, ...]
    index: float
    """The runner's form on the day."""


@dataclass(frozen=True)
class PlantedBest:
    """A truth of the demo: the fastest the athlete ever covered a distance."""

    name: str
    distance_m: float
    elapsed_s: int
    day: date


def contest_time_s(contest: Contest) -> int:
    """The finishing time in whole seconds."""
    solved_m = max(contest.distance_m, MILE_M)
    shorter = (contest.distance_m / solved_m) ** SHORT_EXPONENT
    return round(float(race_time_s(contest.index, solved_m)) * float(shorter))


def planted_bests(today: date) -> list[PlantedBest]:
    """What any reckoning of personal bests over the demo must find, shortest first."""
    fastest: dict[float, Contest] = {}
    for contest in (*RACES, *TRIALS):
        best = fastest.setdefault(contest.distance_m, contest)
        if contest_time_s(contest) < contest_time_s(best):
            fastest[contest.distance_m] = contest
    return [
        PlantedBest(best.name, distance_m, contest_time_s(best), _day(today, best.days_ago))
        for distance_m, best in sorted(fastest.items())
    ]


def outings(today: date, seed: int) -> list[Outing]:
    """Everything that the athlete did in the three years before ``today``, oldest first."""
    rng = np.random.default_rng(seed)
    return [
        outing
        for days_ago in range(YEARS_DAYS, 0, -1)
        for outing in _outings_of_day(today, days_ago, rng)
    ]


def _outings_of_day(today: date, days_ago: int, rng: np.random.Generator) -> Iterator[Outing]:
    day = _day(today, days_ago)
    form = Form.on(days_ago)
    for contest in (*RACES, *TRIALS):
        if contest.days_ago == days_ago:
            yield _contest(contest, day)
            return
    reason = next((why for begin, end, why in AWAY if begin >= days_ago >= end), None)
    if reason is not None:
        if reason == "injured" and days_ago % 3 == 0:
            yield _ride(day, form, rng)
        return
    planned = _training(day, form, rng)
    if planned is not None and rng.random() > MISSED_SHARE:
        yield planned


@dataclass(frozen=True)
class Form:
    """Where the athlete stands on a day: index, and how much training there is."""

    index: float
    volume: float
    """Share of the full week's distance."""
    to_race_days: int
    recovering: bool
    """A race, or coming back from time away, forbids anything fast."""
    marathon_block: bool
    first_half: bool
    """Of the three years; four runs a week become more."""

    @classmethod
    def on(cls, days_ago: int) -> Form:
        """The index runs from race to race; volume grows over the years, eases every fourth week.

        Before a race it tapers, and after one the legs come back.
        """
        race_days = np.array([race.days_ago for race in RACES])
        index = np.interp(-days_ago, -race_days, [race.index for race in RACES])
        to_race = min((days_ago - ago for ago in race_days.tolist() if ago <= days_ago), default=99)
        since_race = min(
            (ago - days_ago for ago in race_days.tolist() if ago > days_ago), default=99
        )
        returning = any(0 < end - days_ago <= RETURN_DAYS for _, end, _ in AWAY)
        easing = 0.7 if (days_ago // 7) % 4 == 0 else 1.0
        taper = 0.6 if to_race <= TAPER_DAYS else 1.0
        return cls(
            index=float(index),
            volume=(1.08 - 0.36 * days_ago / YEARS_DAYS) * easing * taper,
            to_race_days=to_race,
            recovering=since_race <= RECOVERY_DAYS or returning,
            marathon_block=any(
                days_ago - race.days_ago in MARATHON_BLOCK_DAYS
                for race in RACES
                if race.distance_m == MARATHON_M
            ),
            first_half=days_ago > YEARS_DAYS // 2,
        )


def _day(today: date, days_ago: int) -> date:
    return today - timedelta(days=days_ago)


def _contest(contest: Contest, day: date) -> Outing:
    elapsed_s = contest_time_s(contest)
    raced = Segment(contest.name, contest.distance_m, contest.distance_m / elapsed_s, elapsed_s)
    if contest in RACES:
        segments: tuple[Segment, ...] = (raced,)
    else:
        jog = _speed(contest.index, 0.64)
        segments = (Segment("warm up", 2_400, jog), raced, Segment("cool down", 1_600, jog))
    return Outing(
        day,
        contest.name,
        "race" if contest in RACES else "trial",
        ROUTES[contest.route],
        segments,
        contest.index,
    )


def _training(day: date, form: Form, rng: np.random.Generator) -> Outing | None:
    """What the week has for this day; None on days of rest."""
    far = form.volume * rng.uniform(0.88, 1.12)
    fast = not form.recovering and form.to_race_days >= LAST_FAST_RUN_DAYS
    match day.weekday():
        case _ if form.to_race_days == 1:
            return None
        case 1 if fast:
            return _intervals(day, form, rng)
        case 3 if fast:
            return _threshold(day, form, rng)
        case 6 if form.to_race_days >= LAST_LONG_RUN_DAYS:
            longest_m = 26_000 if form.marathon_block else 18_500
            return _steady(day, form, "Sunday long run", longest_m * far, rng)
    easy = _easy_run(day.weekday(), form, rng)
    return easy and _steady(day, form, easy[0], easy[1] * far, rng)


def _easy_run(weekday: int, form: Form, rng: np.random.Generator) -> tuple[str, float] | None:
    """The name and the full distance of the day's easy run, if there is one."""
    match weekday:
        case 1 | 2 | 3:
            return "Easy run", 8_500
        case 5:
            return "Saturday morning run", 7_500
        case 4 if not form.first_half and rng.random() < 0.5:  # noqa: PLR2004  every other Friday
            return "Recovery jog", 6_000
    return None


def _steady(day: date, form: Form, name: str, length_m: float, rng: np.random.Generator) -> Outing:
    fraction = 0.62 if name == "Recovery jog" else rng.uniform(0.64, 0.70)
    kind: Kind = "long" if name == "Sunday long run" else "easy"
    places = ("lake", "forest", "ridge") if kind == "long" else ("park", "river", "town", "forest")
    route = ROUTES[places[int(rng.integers(len(places)))]]
    segment = Segment(name, round(length_m, -1), _speed(form.index, fraction))
    return Outing(day, name, kind, route, (segment,), form.index)


def _intervals(day: date, form: Form, rng: np.random.Generator) -> Outing:
    length_m, count = [(400, 10), (800, 6), (1000, 5), (1200, 4)][int(rng.integers(4))]
    fast = _speed(form.index, 0.96 if length_m > SHORT_REPEAT_M else 1.0)
    jog = _speed(form.index, 0.58)
    repeats = [
        part
        for number in range(1, count + 1)
        for part in (
            Segment(f"{number} {TIMES} {length_m} m", length_m, fast * rng.uniform(0.985, 1.01)),
            Segment("jog", 200 if length_m == SHORT_REPEAT_M else 400, jog),
        )
    ]
    return _session(day, form, f"Intervals {count} {TIMES} {length_m} m", "track", repeats)


def _threshold(day: date, form: Form, rng: np.random.Generator) -> Outing:
    minutes, count = [(8, 3), (10, 2), (5, 5), (20, 1)][int(rng.integers(4))]
    fast, jog = _speed(form.index, 0.88), _speed(form.index, 0.60)
    repeats = [
        part
        for number in range(1, count + 1)
        for part in (
            Segment(f"{number} {TIMES} {minutes} min", round(minutes * 60 * fast), fast),
            Segment("jog", round(90 * jog), jog),
        )
    ]
    return _session(day, form, f"Threshold {count} {TIMES} {minutes} min", "river", repeats)


def _session(day: date, form: Form, name: str, route: str, repeats: Sequence[Segment]) -> Outing:
    easy = _speed(form.index, 0.64)
    segments = (Segment("warm up", 2_000, easy), *repeats, Segment("cool down", 1_600, easy))
    return Outing(day, name, "quality", ROUTES[route], segments, form.index)


def _ride(day: date, form: Form, rng: np.random.Generator) -> Outing:
    ride = Segment("ride", round(rng.uniform(18_000, 32_000), -2), rng.uniform(6.2, 7.4))
    return Outing(day, "Ride instead of a run", "ride", ROUTES["lake"], (ride,), form.index)


def _speed(index: float, fraction: float) -> float:
    return 1000 / float(pace_s_per_km(index, fraction))
