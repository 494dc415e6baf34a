"""Of any figure: as the pages write it, it is shown; changed beyond rounding, never."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from strideiq.coach.checking.checker import check
from strideiq.coach.checking.evidence import Evidence, Figure, Subject
from strideiq.coach.checking.numbers import ROUNDED_MAX
from strideiq.platform.formats import Formats, duration_text

TODAY = date(2026, 11, 27)
RUN = Subject("activity", "a1", "Sunday Long", date(2026, 11, 22))
UNITS = st.sampled_from([Formats("metric"), Formats("imperial")])
METRES = st.floats(300, 200_000)
SECONDS = st.floats(60, 90_000)


def _shown(sentence: str, **values: float) -> bool:
    figures = tuple(Figure(name, RUN, name, value) for name, value in values.items())
    return check([sentence], Evidence(figures), TODAY)[0].shown


def _plain(markup: str) -> str:
    return re.sub(r"<[^>]*>", "", str(markup))


@given(UNITS, METRES, st.integers(0, 3))
def test_a_distance_as_pages_write_it_is_shown(
    formats: Formats, distance_m: float, decimals: int
) -> None:
    told = _plain(formats.distance(distance_m, decimals))
    coarse = 0.5 * 10.0**-decimals > ROUNDED_MAX * distance_m / formats.long_distance_m
    assert coarse or _shown(f"Sunday Long was {told}.", distance=distance_m)


@given(UNITS, METRES, SECONDS)
def test_a_time_and_a_pace_as_pages_write_them_are_shown(
    formats: Formats, distance_m: float, duration_s: float
) -> None:
    assert _shown(f"Sunday Long took {duration_text(duration_s)}.", duration=duration_s)
    pace = _plain(formats.pace(distance_m, duration_s))
    if pace.count(":") == 1:  # nobody takes an hour for a mile
        assert _shown(f"Sunday Long was run at {pace}.", pace=duration_s / distance_m)


@given(METRES, st.integers(1, 2), st.floats(-0.5, 0.5))
def test_a_distance_changed_beyond_rounding_is_never_shown(
    distance_m: float, decimals: int, change: float
) -> None:
    told = f"{distance_m / 1000 * (1 + change):,.{decimals}f}"
    near = abs(float(told.replace(",", "")) * 1000 - distance_m) <= 500 * 10.0**-decimals + 1e-3
    assert near or not _shown(f"Sunday Long was {told} km.", distance=distance_m)


@given(SECONDS, st.integers(-3000, 3000))
def test_a_time_changed_beyond_rounding_is_never_shown(duration_s: float, change_s: int) -> None:
    told = duration_text(max(60.0, duration_s + change_s))
    if told != duration_text(duration_s) and told.count(":") == 2:
        assert not _shown(f"Sunday Long took {told}.", duration=duration_s)


@given(st.integers(90, 200), st.integers(90, 200))
def test_a_heart_rate_is_shown_only_as_it_was(true: int, told: int) -> None:
    sentence = f"Your average heart rate in Sunday Long was {told} bpm."
    assert _shown(sentence, heart_rate=true) is (true == told)


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_count_is_shown_only_as_it_was(true: int, told: int) -> None:
    week = Subject("week", "w1", "", date(2026, 11, 23), TODAY, aliases=("this week",))
    evidence = Evidence((Figure("runs", week, "runs", float(true)),))
    said = check([f"This week you did {told} runs."], evidence, TODAY)[0]
    assert said.shown is (true == told)
