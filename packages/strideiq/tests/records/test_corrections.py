"""What an athlete says of an effort holds, whatever is derived or imported later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.features import FEATURES
from strideiq.fitness import public as fitness
from strideiq.platform.errors import InvalidInputError, NotFoundError
from strideiq.records import public as records

START = datetime(2026, 3, 1, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _features() -> None:
    assert FEATURES  # imported: what an application registers is registered


def run(day: int, speed_mps: float, length_m: float = 5100) -> activities.ObservedActivity:
    time_s = np.arange(0.0, length_m / speed_mps)
    return activities.ObservedActivity(
        sport="running",
        started_at=START + timedelta(days=day),
        elapsed_s=float(time_s[-1]),
        moving_s=float(time_s[-1]),
        distance_m=length_m,
        streams={"time_s": time_s, "distance_m": time_s * speed_mps},
        name=f"Run of day {day}",
    )


def best(session: Session, athlete_id: UUID, key: str = "5000 m") -> records.PersonalBest:
    return next(
        one for one in records.personal_bests(session, athlete_id) if one.distance.key == key
    )


def test_an_effort_that_is_said_not_to_count_makes_room_until_that_is_taken_back(
    session: Session, athlete_id: UUID
) -> None:
    slow, fast = activities.record_many(session, athlete_id, [run(0, 3.5), run(1, 4.0)])
    records.say(session, athlete_id, fast, "5000 m", "does_not_count")
    now = best(session, athlete_id)
    assert now.best.activity_id == slow
    assert [one.reason for one in now.discounted] == ["You said that it does not count."]
    assert best(session, athlete_id, "1000 m").best.activity_id == fast
    records.say(session, athlete_id, fast, "5000 m", None)
    assert best(session, athlete_id).best.activity_id == fast
    history = records.correction_history(session, athlete_id, fast)
    assert [(one.version, one.verdict) for one in history] == [(2, None), (1, "does_not_count")]


def test_all_efforts_of_an_activity_can_be_discounted_at_once(
    session: Session, athlete_id: UUID
) -> None:
    fast = activities.record(session, athlete_id, run(0, 4.0))
    records.say(session, athlete_id, fast, "all", "does_not_count")
    assert records.personal_bests(session, athlete_id) == []
    assert records.timed_bests(session, athlete_id) == []
    assert not any(one.counts for one in records.efforts_of(session, athlete_id, fast))


def test_a_measured_distance_counts_by_its_own_time_though_the_receiver_came_out_short(
    session: Session, athlete_id: UUID
) -> None:
    race = activities.record(session, athlete_id, run(0, 4.0, length_m=4960))
    assert "5000 m" not in {
        one.distance.key for one in records.efforts_of(session, athlete_id, race)
    }
    records.say(session, athlete_id, race, "5000 m", "measured", 1241.0)
    now = best(session, athlete_id)
    assert (now.best.elapsed_s, now.best.measured, now.best.counts) == (1241.0, True, True)
    index = fitness.current_rpi(session, athlete_id, START.date())
    assert index is not None
    assert index.index.value > 45


def test_what_was_said_holds_when_everything_is_derived_anew(
    session: Session, athlete_id: UUID
) -> None:
    race, other = activities.record_many(session, athlete_id, [run(0, 4.0), run(1, 3.9)])
    records.say(session, athlete_id, race, "5000 m", "measured", 1300.0)
    records.say(session, athlete_id, other, "300 s", "does_not_count")
    before = records.personal_bests(session, athlete_id)
    records.recompute_recorded(session, athlete_id, [race, other])
    assert records.personal_bests(session, athlete_id) == before
    timed = records.timed_efforts_of(session, athlete_id, other)
    assert [one.duration.name for one in timed if not one.counts] == ["5 min"]


def test_to_say_the_same_again_adds_nothing_to_the_history(
    session: Session, athlete_id: UUID
) -> None:
    one = activities.record(session, athlete_id, run(0, 4.0))
    records.say(session, athlete_id, one, "1000 m", None)
    for _ in range(2):
        records.say(session, athlete_id, one, "1000 m", "does_not_count")
    assert len(records.correction_history(session, athlete_id, one)) == 1


@pytest.mark.parametrize(
    ("effort", "verdict", "elapsed_s", "error"),
    [
        ("5000 m", "measured", 500.0, InvalidInputError),
        ("5000 m", "measured", None, InvalidInputError),
        ("10000 m", "measured", 2400.0, InvalidInputError),
        ("720 s", "measured", 2400.0, InvalidInputError),
        ("5001 m", "does_not_count", None, NotFoundError),
    ],
)
def test_what_cannot_be_is_refused(
    session: Session,
    athlete_id: UUID,
    effort: str,
    verdict: str,
    elapsed_s: float | None,
    error: type[Exception],
) -> None:
    one = activities.record(session, athlete_id, run(0, 4.0))
    with pytest.raises(error):
        records.say(session, athlete_id, one, effort, verdict, elapsed_s)  # type: ignore[arg-type]
    assert records.correction_history(session, athlete_id, one) == []


def test_nobody_says_anything_of_anothers_efforts(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    theirs = activities.record(session, other_athlete_id, run(0, 4.0))
    with pytest.raises(activities.NoSuchActivityError):
        records.say(session, athlete_id, theirs, "5000 m", "does_not_count")
    assert best(session, other_athlete_id).best.counts
