from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from strideiq.activities import streams
from strideiq.activities.observed import CHANNELS

channels = st.sampled_from(CHANNELS)
samples = st.floats(-180, 180) | st.just(float("nan"))


@given(channels, arrays(np.float64, st.integers(0, 300), elements=samples))
def test_a_channel_comes_back_within_half_a_step_and_missing_stays_missing(
    channel: str, values: np.ndarray
) -> None:
    back = streams.decode(channel, streams.encode(channel, values))

    assert back.dtype == np.float64
    half_a_step = 0.5 / streams.STEPS_PER_UNIT[channel]
    np.testing.assert_allclose(back, values, rtol=0, atol=half_a_step * (1 + 1e-6))


@given(channels, arrays(np.float64, st.integers(0, 50), elements=st.floats()))
def test_any_float_at_all_is_either_kept_or_missing(channel: str, values: np.ndarray) -> None:
    back = streams.decode(channel, streams.encode(channel, values))

    largest = 2**31 / streams.STEPS_PER_UNIT[channel]
    kept = np.isfinite(back)
    assert np.array_equal(kept, np.abs(values) < largest) or np.abs(values[~kept]).max() >= (
        largest - 1
    )
    assert not kept[np.isnan(values) | np.isinf(values)].any()


@given(channels, arrays(np.float64, st.integers(0, 50), elements=samples))
def test_encoding_what_was_decoded_changes_nothing(channel: str, values: np.ndarray) -> None:
    content = streams.encode(channel, values)

    assert streams.encode(channel, streams.decode(channel, content)) == content


@given(st.binary(max_size=200))
def test_bytes_that_are_no_channel_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="stored channel"):
        streams.decode("time_s", content)


@given(st.data())
def test_a_damaged_channel_is_refused_or_has_the_length_it_says(data: st.DataObject) -> None:
    content = bytearray(streams.encode("power_w", np.arange(200.0)))
    position = data.draw(st.integers(6, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    try:
        values = streams.decode("power_w", bytes(content))
    except ValueError:
        return
    assert len(values) == 200


def test_an_hour_at_eight_channels_takes_less_than_twenty_kilobytes() -> None:
    random = np.random.default_rng(7)
    time_s = np.arange(3600.0)
    speed = 3 + 0.3 * np.sin(time_s / 50) + random.normal(0, 0.05, 3600)
    heading = np.cumsum(random.normal(0, 0.02, 3600))
    hour = {
        "time_s": time_s,
        "distance_m": np.cumsum(speed),
        "latitude_deg": 47 + np.cumsum(speed * np.cos(heading)) / 111_000,
        "longitude_deg": 8 + np.cumsum(speed * np.sin(heading)) / 75_000,
        "altitude_m": 400 + np.round(np.cumsum(random.normal(0, 0.1, 3600)) * 5) / 5,
        "heart_rate_bpm": np.round(150 + 10 * np.sin(time_s / 200)),
        "cadence_spm": np.round(170 + random.normal(0, 1.5, 3600)),
        "speed_mps": speed,
    }
    assert sum(len(streams.encode(name, values)) for name, values in hour.items()) < 20_000


def test_each_level_is_four_times_coarser_until_a_chart_can_show_it() -> None:
    time_s = np.arange(10_001.0)
    heart_rate = np.where(time_s < 8, np.nan, 150.0)

    pyramid = dict(streams.levels({"time_s": time_s, "heart_rate_bpm": heart_rate}))

    assert [len(level["time_s"]) for level in pyramid.values()] == [10_001, 2_501, 626]
    assert pyramid[1]["time_s"][0] == 1.5
    assert np.isnan(pyramid[1]["heart_rate_bpm"][:2]).all()
    assert (pyramid[1]["heart_rate_bpm"][2:] == 150.0).all()


def test_every_channel_has_a_step() -> None:
    assert set(streams.STEPS_PER_UNIT) == set(CHANNELS)


@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
def test_a_coarser_sample_is_the_mean_of_what_is_there(missing: float) -> None:
    chance = np.random.default_rng(7)
    values = chance.normal(47.0, 3.0, 4999)
    values[chance.random(len(values)) < missing] = np.nan
    groups = np.append(values, np.nan).reshape(-1, 4)
    present = ~np.isnan(groups)
    expected = np.full(len(groups), np.nan)
    sums = np.where(present, groups, 0.0).sum(axis=1)
    np.divide(sums, present.sum(axis=1), out=expected, where=present.any(axis=1))

    finest = {"time_s": np.arange(4999.0), "altitude_m": values}
    (_, coarser), *_ = [each for each in streams.levels(finest) if each[0] == 1]

    assert coarser["altitude_m"].tobytes() == expected.tobytes()
