"""After whatever was said, deleted, merged or imported, figures are those of a reckoning anew.

The database keeps the best effort of each run, beside it the index that it shows, and the loads
of all sessions are reckoned at once. Here every effort is read and rated, day by day and one
after the other, from samples that were derived anew.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from math import exp, inf, isfinite, nan
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.features import FEATURES
from strideiq.fitness import loads
from strideiq.fitness import public as fitness
from strideiq.fitness.index_trend import DISTANCE_MIN_M, RATED_MAX, RATED_MIN, WINDOW_DAYS
from strideiq.physiology import public as physiology
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.records import public as records
from strideiq.records.models import BestEffort

HISTORIES = 40 if os.environ.get("STRONGROOM_SOAK") == "1" else 2
EDITS = 24
CHECKED_EVERY = 6
FIRST = datetime(2026, 1, 3, 22, 50, tzinfo=UTC)
"""Close to midnight, where the athlete's day is not that of the clock in Greenwich."""
LAST_DAY = date(2027, 3, 1)


def outing(chance: Random, day: int | None = None) -> activities.ObservedActivity:
    time_s = np.arange(0.0, chance.randint(700, 1300), 2.0)
    speed_mps = chance.uniform(2.2, 5.5)
    streams = {"time_s": time_s, "distance_m": time_s * speed_mps}
    if chance.random() < 0.7:
        streams["heart_rate_bpm"] = np.full(len(time_s), float(chance.randint(110, 190)))
    if chance.random() < 0.1:
        del streams["distance_m"]
    begun = FIRST + timedelta(days=chance.randint(0, 300) if day is None else day)
    return activities.ObservedActivity(
        sport=chance.choice(["running"] * 5 + ["cycling"]),
        started_at=begun + timedelta(minutes=chance.randint(0, 120)),
        elapsed_s=float(time_s[-1]),
        moving_s=float(time_s[-1]),
        distance_m=float(time_s[-1] * speed_mps),
        streams=streams,
        device_serial=str(chance.randint(0, 10**6)),
    )


class Edits:
    """What may happen to an athlete's record, one thing after the other."""

    def __init__(self, session: Session, athlete_id: UUID, chance: Random) -> None:
        self.of = (session, athlete_id)
        self.session, self.chance = session, chance
        self.every = activities.record_many(*self.of, [outing(chance) for _ in range(10)])
        self.gone: set[UUID] = set()
        self.merged: dict[UUID, UUID] = {}

    def one(self) -> None:
        """Let one thing happen."""
        here = [one for one in self.every if one not in self.gone | set(self.merged)]
        it = self.chance.choice(here)
        match self.chance.randrange(9):
            case 0:
                self.every += activities.record_many(*self.of, [outing(self.chance)])
            case 1 if len(here) > 4:
                activities.delete(*self.of, it)
                self.gone.add(it)
            case 2 if self.gone:
                activities.undelete(*self.of, self.gone.pop())
            case 3:
                self._annotate(it)
            case 4 | 5:
                self._say(it)
            case 6 if len(here) > 4:
                other = self.chance.choice([one for one in here if one != it])
                activities.merge(*self.of, it, other)
                self.merged[other] = it
            case 7 if self.merged:
                self._unmerge()
            case _:
                # As efforts were kept before what they show was kept with them.
                kept = update(BestEffort).where(BestEffort.activity_id == it)
                self.session.execute(kept.values(performance_index=None))

    def _annotate(self, it: UUID) -> None:
        field, value = self.chance.choice(
            [
                ("sport", "running"),
                ("sport", "cycling"),
                ("sport", None),
                ("distance_m", self.chance.uniform(1500, 7000)),
                ("distance_m", None),
                ("started_at", FIRST + timedelta(days=self.chance.randint(0, 300))),
            ]
        )
        activities.annotate(*self.of, it, field, value)

    def _say(self, it: UUID) -> None:
        effort = self.chance.choice(["all", "3000 m", "1609.344 m", "5000 m"])
        verdict = self.chance.choice(["does_not_count", "measured", None])
        # Nothing is said where that is too fast, or the run too short for it.
        with suppress(InvalidInputError, NotFoundError):
            records.say(*self.of, it, effort, verdict, self.chance.uniform(600, 1200))

    def _unmerge(self) -> None:
        inner = [one for one in self.merged if one not in self.merged.values()]
        other = self.chance.choice(inner)
        activities.unmerge(*self.of, other)
        del self.merged[other]


def by_hand(session: Session, athlete_id: UUID, known: fitness.History) -> tuple[list[float], ...]:
    """The index and the load of each day, by the plainest way there is."""
    zone = ZoneInfo(athletes.time_zone_of(session, athlete_id))
    seen = activities.visible(athlete_id).c
    rows = session.execute(select(seen.activity_id, seen.started_at, seen.sport)).all()
    runs = {one: at.astimezone(zone).date() for one, at, sport in rows if sport == "running"}
    rated: list[tuple[date, float]] = []
    for effort in session.scalars(select(BestEffort).where(BestEffort.athlete_id == athlete_id)):
        if effort.counts and effort.activity_id in runs and effort.distance_m >= DISTANCE_MIN_M:
            index = physiology.index_over(effort.distance_m, effort.elapsed_s, exp)
            assert effort.performance_index == pytest.approx(index)
            if RATED_MIN < index < RATED_MAX:
                rated.append((runs[effort.activity_id], index))
    days = [known.first_day + timedelta(days=at) for at in range(len(known.load))]
    shown, judged, load = [], [], dict.fromkeys(days, 0.0)
    for day in days:
        ages = [((day - of).days, index) for of, index in rated]
        inside = [index for age, index in ages if 0 <= age < WINDOW_DAYS]
        shown.append(max(inside) if inside else shown[-1] if shown else nan)
        ahead = max((index for age, index in ages if -WINDOW_DAYS <= age < 0), default=-inf)
        judged.append(max(ahead, shown[-1]) if isfinite(shown[-1]) else ahead)
    for one in known.sessions:
        load[one.day] += _load(one, judged[known.at(one.day)], known.heart)
    return shown, list(load.values())


def _load(one: fitness.Session, index: float, heart: loads.Heart) -> float:
    running_s = one.running_s or 0.0
    if one.sport == "running" and one.normalised_speed_mps and running_s and isfinite(index):
        threshold = float(physiology.threshold_speed_mps(index))
        shown = one.normalised_speed_mps * one.distance_ratio
        return float(physiology.load_by_pace(running_s, shown, threshold))
    if one.mean_heart_rate_bpm is not None and running_s:
        beats = one.mean_heart_rate_bpm
        share = physiology.reserve_share(beats, heart.resting_bpm, heart.max_bpm)
        return float(physiology.load_by_heart_rate(running_s, share))
    return loads.EASY_LOAD_PER_HOUR * (running_s or one.elapsed_s) / 3600


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_whatever_happened_the_figures_are_those_of_reckoning_anew(
    session: Session, athlete_id: UUID, seed: int
) -> None:
    assert FEATURES  # imported: what an application registers is registered
    edits = Edits(session, athlete_id, Random(seed))  # noqa: S311  no secret
    for number in range(1, EDITS + 1):
        edits.one()
        if number % CHECKED_EVERY:
            continue
        found = fitness.history(session, athlete_id, LAST_DAY)
        assert found is not None
        current = fitness.current_rpi(session, athlete_id, LAST_DAY)
        for derive in (records.recompute_recorded, fitness.recompute_recorded):
            derive(session, athlete_id, edits.every)
        index, load = by_hand(session, athlete_id, found)
        np.testing.assert_allclose(found.index.value, index, rtol=1e-12)
        np.testing.assert_allclose(found.load, load, rtol=1e-9)
        at_the_end = None if current is None else current.index.value
        assert at_the_end == (pytest.approx(index[-1]) if isfinite(index[-1]) else None)
        anew = fitness.history(session, athlete_id, LAST_DAY)
        assert anew is not None
        assert (anew.sessions, anew.stale) == (found.sessions, found.stale)
