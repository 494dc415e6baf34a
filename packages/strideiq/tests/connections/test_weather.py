"""The weather of runs: asked for sparingly and about where, kept as one more source's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from loopback import answering
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from weather_stand_in import WeatherStandIn

from strideiq.activities import public as activities
from strideiq.activities.models import ActivityObservation
from strideiq.activities.public import ObservedActivity, RoughPlace
from strideiq.connections import service
from strideiq.connections.http import Door
from strideiq.connections.registry import Context
from strideiq.connections.runner import Runner
from strideiq.connections.weather import service as weather
from strideiq.connections.weather.open_meteo import OpenMeteo
from strideiq.connections.weather.source import Hour, Weather, during
from strideiq.connections.weather.words import in_words
from strideiq.platform import language
from strideiq.platform.formats import Formats
from strideiq.platform.runtime import Runtime

NOW = datetime(2026, 7, 20, 6, 0, tzinfo=UTC)
START = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)


class Sky:
    """An athlete's runtime beside a stand-in of the archive, on a clock that the test moves."""

    def __init__(
        self, runtime: Runtime, engine: Engine, address: str, archive: WeatherStandIn
    ) -> None:
        settings = runtime.settings.model_copy(update={"weather": address})
        self.archive = archive
        self.sessions = runtime.sessions
        self.context = Context(runtime.sessions, settings, runtime.keys, lambda: archive.now)
        self.runner = Runner(engine, self.context)

    def turn_on(self, athlete_id: UUID) -> None:
        with self.sessions.begin() as session:
            service.connect(session, athlete_id, "weather", self.context.keys, {}, now=self.now)

    def work_off(self, hours: float = 1) -> None:
        """Work whatever becomes due within so many hours."""
        until = self.now + timedelta(hours=hours)
        while (due := self.runner.next_due()) is not None and due <= until:
            self.archive.now = max(due, self.now)
            self.runner.work_off()

    @property
    def now(self) -> datetime:
        return self.archive.now

    def record(self, athlete_id: UUID, *starts: datetime, place: float = 47.38) -> list[UUID]:
        with self.sessions.begin() as session:
            return activities.record_many(
                session, athlete_id, [a_run(each, place) for each in starts]
            )

    def shown(self, athlete_id: UUID, run: UUID) -> activities.ActivityView:
        with self.sessions() as session:
            return activities.activity(session, athlete_id, run)


def a_run(start: datetime, latitude_deg: float = 47.38) -> ObservedActivity:
    """An hour due north at 3 m/s."""
    time_s = np.arange(0, 3601, 10, dtype=np.float64)
    streams = {
        "time_s": time_s,
        "distance_m": 3 * time_s,
        "latitude_deg": latitude_deg + 3 * time_s / 111_195,
        "longitude_deg": np.full(len(time_s), 8.54),
    }
    return ObservedActivity(
        sport="running",
        started_at=start,
        elapsed_s=3600,
        moving_s=3600,
        distance_m=10_800,
        streams=streams,
    )


@pytest.fixture
def sky(runtime: Runtime, engine: Engine) -> Iterator[Sky]:
    archive = WeatherStandIn(NOW)
    with answering(archive.answer) as address:
        yield Sky(runtime, engine, address, archive)


def observations(session: Session, athlete_id: UUID) -> int:
    mine = select(func.count()).where(
        ActivityObservation.athlete_id == athlete_id, ActivityObservation.kind == "weather"
    )
    return session.scalar(mine) or 0


def test_past_and_new_runs_get_their_weather_once_and_by_few_requests(
    sky: Sky, athlete_id: UUID
) -> None:
    runs = sky.record(athlete_id, *(START - timedelta(days=day) for day in range(10)))
    sky.turn_on(athlete_id)
    sky.work_off()
    assert len(sky.archive.asked) == 2, "one for June and one for July"
    shown = sky.shown(athlete_id, runs[0])
    assert shown.temperature_c == pytest.approx(23.0)
    assert shown.humidity_percent == 60
    assert shown.weather == "Light rain, wind from the west 14 km/h, 0.6 mm fell"
    assert shown.origin("weather") == "source"
    [new] = sky.record(athlete_id, START + timedelta(days=1))
    with sky.sessions.begin() as session:
        service.sync_again(session, athlete_id, "weather", sky.now)
    sky.work_off()
    assert len(sky.archive.asked) == 3
    assert sky.shown(athlete_id, new).weather is not None
    with sky.sessions() as session:
        assert observations(session, athlete_id) == 11


def test_the_place_is_sent_rounded_and_nothing_of_a_run_that_is_hidden(
    sky: Sky, athlete_id: UUID
) -> None:
    with sky.sessions.begin() as session:
        for latitude_deg, radius_m in ((47.38, 1000.0), (10.0, 5000.0)):
            activities.add_privacy_zone(
                session,
                athlete_id,
                name="Home",
                latitude_deg=latitude_deg,
                longitude_deg=8.54,
                radius_m=radius_m,
            )
    [run] = sky.record(athlete_id, START)
    [hidden] = sky.record(athlete_id, START + timedelta(days=2), place=9.96)
    sky.turn_on(athlete_id)
    sky.work_off()
    # Where the other one leaves its zone is drawn by lot: its place is 10.0 or 10.1.
    [asked] = [each for each in sky.archive.asked if not each["latitude"].startswith("10.")]
    assert (asked["latitude"], asked["longitude"]) == ("47.4", "8.5")
    assert set(asked) == {
        *("latitude", "longitude", "start_date", "end_date"),
        *("hourly", "timeformat", "timezone", "wind_speed_unit"),
    }
    assert sky.shown(athlete_id, run).weather is not None
    del hidden


def test_the_athletes_word_stands_and_the_weather_never_counts_as_a_recording(
    sky: Sky, athlete_id: UUID
) -> None:
    [run] = sky.record(athlete_id, START)
    with sky.sessions.begin() as session:
        activities.annotate(session, athlete_id, run, "weather", "Heavy, no air")
        activities.annotate(session, athlete_id, run, "temperature_c", 31)
    sky.turn_on(athlete_id)
    sky.work_off()
    shown = sky.shown(athlete_id, run)
    assert (shown.weather, shown.temperature_c, shown.humidity_percent) == ("Heavy, no air", 31, 60)
    assert shown.original("temperature_c") == pytest.approx(23.0)
    with sky.sessions() as session:
        sources = activities.sources_of(session, athlete_id, run)
    assert (sources.main, sources.streams) == ("recorded", "recorded")


def test_what_the_archive_does_not_know_yet_is_asked_for_again_and_then_left(
    sky: Sky, athlete_id: UUID
) -> None:
    [run] = sky.record(athlete_id, NOW - timedelta(days=2))
    sky.archive.late = timedelta(days=5)
    sky.turn_on(athlete_id)
    sky.work_off()
    assert sky.shown(athlete_id, run).weather is None
    sky.work_off(24 * 4)
    assert sky.shown(athlete_id, run).weather is not None
    asked = len(sky.archive.asked)
    sky.archive.late = timedelta(days=400)
    [other] = sky.record(athlete_id, NOW - timedelta(days=100))
    with sky.sessions.begin() as session:
        service.sync_again(session, athlete_id, "weather", sky.now)
    for _again in range(3):
        sky.work_off()
        with sky.sessions.begin() as session:
            service.sync_again(session, athlete_id, "weather", sky.now)
    assert len(sky.archive.asked) == asked + 1
    assert sky.shown(athlete_id, other).weather is None


@pytest.mark.parametrize(
    "fault", ["500", "html", "cut", "fewer", "absurd", "slow", "minutely", "hourly", "daily"]
)
def test_a_broken_answer_is_never_weather_and_is_asked_for_again(
    sky: Sky, athlete_id: UUID, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "slow":
        monkeypatch.setattr(weather, "Door", partial(Door, timeout_s=0.5))
    [run] = sky.record(athlete_id, START)
    sky.turn_on(athlete_id)
    sky.archive.next_fault = [fault]
    sky.runner.work_off()
    assert sky.shown(athlete_id, run).weather is None
    due = sky.runner.next_due()
    assert due is not None
    least_s = {"minutely": 60, "hourly": 3600, "daily": 86_400}.get(fault, 30)
    assert (due - sky.now).total_seconds() == least_s
    sky.archive.now = due
    sky.runner.work_off()
    assert sky.shown(athlete_id, run).temperature_c == pytest.approx(23.0)


def test_means_are_taken_over_the_run_and_an_hour_that_is_not_known_is_not_guessed() -> None:
    at = START.replace(minute=0)
    hours = [
        Hour(at + timedelta(hours=n), 10.0 + n, 50.0, 5.0, 2.0, 90.0, 1.0, 3) for n in range(4)
    ]
    found = during(hours, START, START + timedelta(hours=2))
    assert found == Weather(11.5, 50.0, 5.0, 2.0, 90.0, 2.0, 3)
    assert during(hours, START, START + timedelta(hours=3)) is None
    assert during([], START, START) is None


def test_everything_that_is_seen_has_a_word_in_both_languages() -> None:
    said = {"en": set[str](), "de": set[str]()}
    try:
        for code in range(100):
            found = Weather(20, wind_mps=5, wind_from_deg=359, code=code)
            language.use("en")
            seen, wind = in_words(found, Formats("imperial")).split(", ")
            assert wind == "wind from the north 11 mph"
            said["en"].add(seen)
            language.use("de")
            seen, wind = in_words(found, Formats()).split(", ")
            assert wind == "Wind aus Norden 18 km/h"
            said["de"].add(seen)
    finally:
        language.use("en")
    assert len(said["en"]) == len(said["de"]) > 12
    assert not said["en"] & said["de"]


def test_a_paying_customers_key_is_sent_and_never_told(
    sky: Sky, caplog: pytest.LogCaptureFixture
) -> None:
    source = OpenMeteo(Door(sky.context.settings.weather), "a key", lambda: NOW)
    hours = source.hours(RoughPlace(47.4, -0.0), START.date(), START.date())
    assert (len(hours), sky.archive.asked[0]["apikey"]) == (24, "a key")
    assert "a key" not in caplog.text


def test_heat_is_told_as_a_range_on_the_page_with_whose_weather_it_is(
    new_browser: Callable[..., Any], sky: Sky
) -> None:
    browser = new_browser("runner@example.org")
    page = browser.get("/connections").text
    assert "This server asks nobody about the weather." in page
    assert browser.post("/connections/weather/connect").status_code == 422
    [run] = sky.record(browser.athlete_id, START)
    sky.turn_on(browser.athlete_id)
    sky.work_off()
    page = browser.get(f"/activities/{run}").text
    assert "Light rain, wind from the west" in page
    assert "Heat cost you 2.6 to 7.3 %." in page
    assert 'href="https://open-meteo.com/"' in page
    assert "2 sources" not in page
    browser.post(f"/activities/{run}/fields/temperature_c", {"value": "8"})
    assert "Heat cost you" not in browser.get(f"/activities/{run}").text
