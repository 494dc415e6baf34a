"""Whatever people usually type is understood, and anything else is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strideiq.calculators.clock import clock, pace_text
from strideiq.calculators.inputs import read_distance_m, read_index, read_time_s
from strideiq.platform.errors import InvalidInputError


@pytest.mark.parametrize(
    ("typed", "distance_m"),
    [
        ("5km", 5000),
        ("5 KM", 5000),
        ("10k", 10_000),
        ("3000m", 3000),
        ("mile", 1609.344),
        ("2 miles", 3218.688),
        ("13.1mi", 21_082.4064),
        ("half", 21_097.5),
        ("Half marathon", 21_097.5),
        ("marathon", 42_195),
    ],
)
def test_usual_distances_are_understood(typed: str, distance_m: float) -> None:
    assert read_distance_m(typed) == pytest.approx(distance_m)


@pytest.mark.parametrize("typed", ["", "5", "km", "5 parsecs", "-5km", "5km 20:00", "1e3m"])
def test_a_distance_without_meaning_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError, match="not a distance"):
        read_distance_m(typed)


@pytest.mark.parametrize(
    ("typed", "time_s"),
    [("20:00", 1200), ("1:31:35", 5495), ("19:57.4", 1197.4), (" 4:05 ", 245), ("90:00", 5400)],
)
def test_usual_times_are_understood(typed: str, time_s: float) -> None:
    assert read_time_s(typed) == pytest.approx(time_s)


@pytest.mark.parametrize("typed", ["", "20", "20:60", "1:60:00", "20:0", "-20:00", "20:00:00:00"])
def test_a_time_without_meaning_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError, match="not a time"):
        read_time_s(typed)


@pytest.mark.parametrize("typed", ["", "fifty", "nan", "inf"])
def test_an_index_that_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError, match="not a running performance index"):
        read_index(typed)


@given(st.integers(1, 359_999))
def test_a_time_is_read_back_from_how_it_is_written(tenths: int) -> None:
    assert read_time_s(clock(tenths / 10, 1)) == pytest.approx(tenths / 10)


def test_times_are_rounded_before_they_are_cut_into_minutes() -> None:
    assert clock(59.99) == "1:00"
    assert clock(3599.96, 1) == "1:00:00.0"
    assert pace_text(255.2, "metric", 1) == "4:15.2 /km"
    assert pace_text(255.2, "imperial") == "6:51 /mi"
