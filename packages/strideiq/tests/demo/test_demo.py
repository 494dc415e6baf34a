"""The demo is large, plausible, the same for the same seed, and true to what it says of itself."""

from __future__ import annotations

import itertools
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes.public import EmailTakenError
from strideiq.demo import public as demo
from strideiq.demo.calendar import YEARS_DAYS, Outing, outings
from strideiq.demo.plans import WORKOUTS
from strideiq.demo.recording import HEART_MAX_BPM, HEART_REST_BPM, record_outing
from strideiq.records import public as records
from strideiq.training import public as training

from .conftest import TODAY, Populated

Done = list[tuple[Outing, activities.ObservedActivity]]


@pytest.fixture(scope="module")
def done() -> Done:
    return [
        (outing, record_outing(outing, (TODAY - outing.day).days, demo.SEED))
        for outing in outings(TODAY, demo.SEED)
    ]


def test_three_years_hold_enough_activities_and_samples(done: Done) -> None:
    assert len(done) >= 500
    assert sum(observed.sample_count for _, observed in done) >= 1_000_000
    days = [outing.day for outing, _ in done]
    assert days == sorted(set(days))
    assert days[0] >= TODAY - timedelta(days=YEARS_DAYS)
    assert days[-1] < TODAY


def test_records_find_every_planted_best_in_the_database(
    populated: Populated, reading: Session
) -> None:
    made, session = populated.made, reading
    assert populated.reported[-1] == (made.activities, made.activities)
    totals = activities.totals(session, made.athlete_id)
    assert (totals.activities, totals.samples) == (made.activities, made.samples)
    found = {
        best.distance.distance_m: best for best in records.personal_bests(session, made.athlete_id)
    }
    assert set(found) == {planted.distance_m for planted in made.bests}
    for planted in made.bests:
        best = found[planted.distance_m].best
        # A mile's last centimetre is rounded; it is run in about two thousandths of a second.
        assert best.elapsed_s == pytest.approx(planted.elapsed_s, abs=0.003)
        assert best.activity_name == planted.name
        assert best.achieved_at.date() == planted.day
        assert found[planted.distance_m].discounted == []
    plans = training.plans(session, made.athlete_id)
    days = (min(plan.start_day for plan in plans), max(plan.race_day for plan in plans))
    workouts = training.workouts_between(session, made.athlete_id, *days)
    assert (len(plans), len(workouts)) == (2, WORKOUTS)
    behind = [each for each in workouts if each.day < TODAY]
    assert 0.5 < sum(each.done for each in behind) / len(behind) < 1
    with pytest.raises(EmailTakenError):
        demo.populate(session, password="three plain words", today=TODAY)


def test_the_same_seed_gives_the_same_samples_and_another_gives_others() -> None:
    (*_, outing) = outings(TODAY, 1)
    first, again, other = (record_outing(outing, 1, seed) for seed in (1, 1, 2))
    for channel, values in first.streams.items():
        np.testing.assert_array_equal(values, again.streams[channel])
    assert first.started_at == again.started_at
    assert any(
        len(values) != len(other.streams[channel]) or (values != other.streams[channel]).any()
        for channel, values in first.streams.items()
    )


def test_whatever_the_seed_the_planted_bests_are_the_bests() -> None:
    planted = {best.distance_m: best.elapsed_s for best in demo.planted_bests(TODAY)}
    for seed in (2, 3):
        for outing in outings(TODAY, seed):
            if outing.kind in {"quality", "trial", "race"}:
                observed = record_outing(outing, (TODAY - outing.day).days, seed)
                for effort in records.best_efforts(
                    observed.streams["time_s"], observed.streams["distance_m"]
                ):
                    assert effort.counts
                    assert effort.elapsed_s > planted[effort.distance.distance_m] - 0.003


def test_every_recording_is_one_that_a_watch_could_have_made(done: Done) -> None:
    for outing, observed in done:
        lengths = {len(values) for values in observed.streams.values()}
        assert lengths == {observed.sample_count}
        assert set(observed.streams) <= set(activities.CHANNELS)
        assert all(np.isfinite(values).all() for values in observed.streams.values())
        time_s, distance_m = observed.streams["time_s"], observed.streams["distance_m"]
        assert (np.diff(time_s) > 0).all()
        assert (np.diff(distance_m) >= 0).all()
        assert observed.elapsed_s >= observed.moving_s
        assert sum(lap.distance_m for lap in observed.laps) == pytest.approx(
            distance_m[-1] if len(outing.segments) > 1 else 0, abs=0.05
        )
        heart = observed.streams["heart_rate_bpm"]
        assert heart.min() >= HEART_REST_BPM
        assert heart.max() <= HEART_MAX_BPM


def test_the_track_on_the_map_is_as_long_as_the_distance_that_was_run(done: Done) -> None:
    for outing, observed in done[::25]:
        if outing.route.track:
            continue
        travelled = activities.travelled_m(
            observed.streams["latitude_deg"], observed.streams["longitude_deg"]
        )
        assert travelled[-1] == pytest.approx(observed.distance_m, rel=0.06)


def test_the_heart_works_harder_in_a_race_than_on_an_easy_run(done: Done) -> None:
    def mean_beat(kind: str) -> float:
        return float(
            np.mean(
                [seen.streams["heart_rate_bpm"].mean() for out, seen in done if out.kind == kind]
            )
        )

    assert 130 < mean_beat("easy") < 152
    assert mean_beat("easy") < mean_beat("quality") < mean_beat("race") < 185


def test_the_runner_gets_faster_over_the_years(done: Done) -> None:
    races = [outing for outing, _ in done if outing.name == "Town 5 km"]
    times = [outing.segments[0].exact_s or 0 for outing in races]
    assert times == sorted(times, reverse=True)


def test_life_happens(done: Done) -> None:
    days = [outing.day for outing, _ in done]
    longest_gap = max(b - a for a, b in itertools.pairwise(days))
    assert timedelta(days=14) <= longest_gap <= timedelta(days=30)
    paused = [seen for _, seen in done if seen.elapsed_s > seen.moving_s]
    assert 0.1 < len(paused) / len(done) < 0.5
    assert {seen.device for _, seen in done} == {"Watch One", "Watch Two"}
    assert {seen.sport for _, seen in done} == {"running", "cycling"}
