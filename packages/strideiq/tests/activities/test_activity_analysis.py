from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from activity_samples import NewBrowser, course, observed
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.analysis import describe
from strideiq.activities.intensity import Zones, time_in_zones
from strideiq.activities.intervals import intervals
from strideiq.platform.runtime import Runtime
from strideiq.platform.settings import Settings

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def run_of(*parts: tuple[float, float], noise: float = 0.0) -> tuple[Floats, Floats]:
    """A run of parts, each of a speed in m/s and a length in seconds, a sample a second."""
    speed = np.concatenate([np.full(int(length_s), mps) for mps, length_s in parts])
    speed = speed * (1 + noise * np.random.default_rng(7).standard_normal(len(speed)))
    distance = np.concatenate([[0.0], np.cumsum(speed)])
    return np.arange(float(len(distance))), distance


@pytest.mark.parametrize("noise", [0.0, 0.08])
@pytest.mark.parametrize(
    ("count", "work", "rest", "words"),
    [
        (6, (4.2, 800 / 4.2), (2.4, 120), "800 m"),
        (10, (5.0, 80), (2.2, 60), "400 m"),
        (4, (3.9, 480), (2.6, 120), "8 min"),
    ],
)
def test_intervals_are_found_with_their_number_and_their_length(
    count: int,
    work: tuple[float, float],
    rest: tuple[float, float],
    words: str,
    noise: float,
) -> None:
    parts = [(2.8, 900.0), *([work, rest] * count)[:-1], (2.7, 600.0)]
    found = intervals(*run_of(*parts, noise=noise))
    fast = [one for one in found if one.work]
    assert len(fast) == count
    assert len(found) == 2 * count - 1
    assert describe(fast) == f"{count} \N{MULTIPLICATION SIGN} {words}"
    starts = [900 + number * int(work[1]) + number * rest[1] for number in range(count)]
    assert np.allclose([one.start_s for one in fast], starts, atol=12)


@pytest.mark.parametrize(
    "parts",
    [
        [(3.0, 3600.0)],
        [(2.8, 1800.0), (3.1, 1800.0)],
        [(3.2, 600.0), (0.0, 60.0), (3.2, 600.0), (0.0, 90.0), (3.2, 600.0)],
        [(2.9, 900.0), (4.2, 1200.0), (2.8, 600.0)],
    ],
    ids=["steady", "a little faster", "traffic lights", "tempo"],
)
def test_a_run_without_intervals_has_none(parts: list[tuple[float, float]]) -> None:
    found = intervals(*run_of(*parts, noise=0.08))
    assert not found


def test_a_sample_counts_until_the_next_and_not_through_a_pause() -> None:
    zones = Zones((100.0, 120.0, 140.0, 160.0), "said", "max", 200.0)
    time_s = np.array([0.0, 5.0, 10.0, 400.0, 405.0])
    beats = np.array([90.0, 130.0, np.nan, 170.0, 170.0])
    assert time_in_zones(time_s, beats, zones) == [5.0, 0.0, 5.0, 0.0, 5.0]
    assert time_in_zones(time_s, np.full(5, np.nan), zones) is None
    assert zones.of(np.array([99.9, 100.0, 160.0])).tolist() == [0, 1, 4]


def test_the_page_tells_time_in_zones_by_the_limits_that_the_athlete_sets(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com")
    (activity_id,) = activities.record_many(session, browser.athlete_id, [observed()])
    session.commit()
    address = f"/activities/{activity_id}"
    before = browser.get(address).text
    assert "Time by heart rate" in before
    assert "which is assumed" in browser.get("/preferences/zones").text
    said = {"threshold_heart_rate": "160", "max_heart_rate": "190", "threshold_pace": "4:30"}
    assert browser.post("/preferences/zones", said).status_code == 303
    after = browser.get(address).text
    assert "144 \N{EN DASH} 152" in after
    assert "Time by pace" in after
    page = browser.get("/preferences/zones").text
    assert 'value="4:30"' in page
    assert "of your threshold of 160 bpm" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_heart_rate": "20"},
        {"max_heart_rate": "inf"},
        {"threshold_heart_rate": "nan"},
        {"threshold_heart_rate": "fast"},
        {"threshold_pace": "1:00"},
        {"threshold_pace": "4;30"},
        {"threshold_heart_rate": "190", "max_heart_rate": "180"},
    ],
)
def test_impossible_limits_are_refused_in_words(
    new_browser: NewBrowser, wrong: dict[str, str]
) -> None:
    answer = new_browser("robin@example.com").post("/preferences/zones", wrong)
    assert answer.status_code == 422
    assert "Next:" in answer.text


def hilly() -> Any:
    time_s = np.arange(2400.0)
    climb = np.clip(np.minimum(time_s, 2400 - time_s), 0, None)
    return observed(
        streams={
            "time_s": time_s,
            "distance_m": time_s * 3,
            "altitude_m": 200 + climb * 0.3,
            "heart_rate_bpm": np.where(time_s < 1200, 150.0, 165.0),
        },
        laps=(),
    )


def level() -> Any:
    run = observed(1)
    return replace(run, streams={**run.streams, "altitude_m": np.full(1800, 300.0)})


def test_hills_get_a_second_line_of_grade_adjusted_pace_and_a_decoupling(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com")
    (activity_id, flat) = activities.record_many(session, browser.athlete_id, [hilly(), level()])
    session.commit()
    page = browser.get(f"/activities/{activity_id}").text
    pace = course(page)["series"][0]
    assert pace["adjusted"][100] < pace["values"][100] - 20
    assert "Decoupling" in page
    assert "adjusted" not in course(browser.get(f"/activities/{flat}").text)["series"][0]


def test_a_stretch_is_given_finer_and_only_to_its_athlete(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com")
    (activity_id,) = activities.record_many(session, browser.athlete_id, [observed()])
    session.commit()
    address = f"/activities/{activity_id}/course"
    fine = browser.get(f"{address}?from=600&to=700").json()
    assert fine["time"][0] == pytest.approx(599)
    assert len(fine["time"]) == 103
    assert browser.get(f"{address}?from=5000&to=6000").status_code == 404
    assert browser.get(f"{address}?from=nan&to=1").status_code in {404, 422}
    assert browser.get(f"/activities/{uuid4()}/course").status_code == 404
    other = new_browser("other@example.com")
    assert other.get(f"{address}?from=600&to=700").status_code == 404


def test_miles_and_kilometres_are_one_click_apart_and_neighbours_another(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com")
    ids = activities.record_many(session, browser.athlete_id, [observed(n) for n in range(3)])
    session.commit()
    page = browser.get(f"/activities/{ids[1]}?splits=mile").text
    assert 'aria-current="true">mi</a>' in page
    assert f'href="/activities/{ids[0]}" rel="prev"' in page
    assert f'href="/activities/{ids[2]}" rel="next"' in page
    first = browser.get(f"/activities/{ids[0]}").text
    assert 'rel="prev"' not in first
    assert 'aria-current="true">km</a>' in first


def test_tiles_are_fetched_only_where_an_address_was_set(
    new_browser: NewBrowser, session: Session, runtime: Runtime
) -> None:
    browser = new_browser("robin@example.com")
    (activity_id,) = activities.record_many(session, browser.athlete_id, [observed()])
    session.commit()
    answer = browser.get(f"/activities/{activity_id}")
    assert "data-tiles" not in answer.text
    assert "img-src 'self' data:" in answer.headers["Content-Security-Policy"]
    tiles = "https://tiles.example/{z}/{x}/{y}.png"
    changed = runtime.settings.model_copy(update={"tiles": tiles})
    object.__setattr__(runtime, "settings", changed)
    answer = browser.get(f"/activities/{activity_id}")
    assert f'data-tiles="{tiles}"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src https://tiles.example 'self'" in policy


@pytest.mark.parametrize("tiles", ["http://a/{z}/{x}/{y}", "https://a/{z}", "https://a/{z}{x}{y};"])
def test_an_address_of_tiles_that_cannot_be_used_is_refused(tiles: str) -> None:
    with pytest.raises(ValueError, match="https address"):
        Settings.model_validate({"SECRET_KEY": "k" * 40, "tiles": tiles})
