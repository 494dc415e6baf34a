from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from strideiq.activities.charts import chart_data, smoothed_speed
from strideiq.platform.formats import Formats

TIME_S = np.arange(600.0)
METRIC = Formats()


def series(data: dict[str, object] | None, key: str) -> dict[str, Any] | None:
    assert data is not None
    found = [one for one in data["series"] if one["key"] == key]  # type: ignore[attr-defined]
    return found[0] if found else None


def test_standing_is_a_gap_and_no_pace() -> None:
    distance_m = np.minimum(TIME_S, 300) * 3.0
    speed = smoothed_speed(TIME_S, {"distance_m": distance_m})
    assert speed is not None
    assert speed[100] == pytest.approx(3.0)
    assert np.isnan(speed[400])
    pace = series(
        chart_data({"time_s": TIME_S, "distance_m": distance_m}, "running", METRIC, []), "pace"
    )
    assert pace is not None
    assert pace["values"][400] is None


def test_a_missing_distance_stays_missing() -> None:
    distance_m = TIME_S * 3.0
    distance_m[200:300] = np.nan
    speed = smoothed_speed(TIME_S, {"distance_m": distance_m})
    assert speed is not None
    assert np.isnan(speed[250])
    assert speed[310] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("sport", "formats", "key", "unit", "value"),
    [
        ("running", METRIC, "pace", "/km", 333.3),
        ("running", Formats("imperial"), "pace", "/mi", 536.4),
        ("swimming", METRIC, "pace", "/100 m", 33.3),
        ("cycling", METRIC, "speed", "km/h", 10.8),
        ("cycling", Formats("imperial"), "speed", "mph", 6.7),
    ],
)
def test_how_fast_is_drawn_as_the_sport_says_it(
    sport: str, formats: Formats, key: str, unit: str, value: float
) -> None:
    data = chart_data({"time_s": TIME_S, "distance_m": TIME_S * 3.0}, sport, formats, [])
    drawn = series(data, key)
    assert drawn is not None
    assert drawn["unit"] == unit
    assert drawn["values"][300] == pytest.approx(value, abs=0.1)
    assert drawn["inverted"] is (key == "pace")


def test_a_steady_run_looks_steady() -> None:
    data = chart_data({"time_s": TIME_S, "distance_m": TIME_S * 3.0}, "running", METRIC, [])
    pace = series(data, "pace")
    assert pace is not None
    assert pace["high"] - pace["low"] >= 90


def test_channels_that_measured_nothing_are_not_drawn() -> None:
    one_beat = np.full(600, np.nan)
    one_beat[3] = 120
    streams = {
        "time_s": TIME_S,
        "power_w": np.zeros(600),
        "heart_rate_bpm": one_beat,
        "cadence_spm": np.zeros(600),
        "latitude_deg": np.full(600, np.nan),
        "longitude_deg": np.full(600, np.nan),
    }
    assert chart_data(streams, "cycling", METRIC, []) is None


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_samples_draw_nothing(count: int) -> None:
    assert chart_data({"time_s": np.arange(float(count))}, "running", METRIC, []) is None
