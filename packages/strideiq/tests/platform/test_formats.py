from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from markupsafe import Markup

from strideiq.platform.formats import Formats, duration_text, figure, number, size_text

METRIC = Formats()
IMPERIAL = Formats("imperial", "America/New_York")


def plain(html: Markup) -> str:
    return html.striptags()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (252, "4:12"), (3599.5, "1:00:00"), (7691, "2:08:11")],
)
def test_durations_round_to_the_second_and_carry(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_distances_heights_and_paces_follow_the_athletes_units() -> None:
    assert plain(METRIC.distance(42195)) == "42.20 km"
    assert plain(IMPERIAL.distance(42195)) == "26.22 mi"
    assert plain(METRIC.height(304.8)) == "305 m"
    assert plain(IMPERIAL.height(304.8)) == "1,000 ft"
    assert plain(METRIC.pace(10_000, 2400)) == "4:00 /km"
    assert plain(IMPERIAL.pace(10_000, 2400)) == "6:26 /mi"


def test_each_sport_says_how_fast_in_its_own_way() -> None:
    assert plain(METRIC.rate("running", 5000, 1200)) == "4:00 /km"
    assert plain(METRIC.rate("cycling", 30_000, 3600)) == "30.0 km/h"
    assert plain(IMPERIAL.rate("cycling", 16_093.44, 3600)) == "10.0 mph"
    assert plain(METRIC.rate("swimming", 1500, 1800)) == "2:00 /100 m"
    assert plain(IMPERIAL.rate("swimming", 914.4, 1000)) == "1:40 /100 yd"


@pytest.mark.parametrize("shown", [METRIC.distance(None), METRIC.pace(0, 10), number(None)])
def test_what_is_unknown_is_a_dash(shown: str) -> None:
    assert shown == "\N{EN DASH}"


def test_days_and_times_are_those_of_the_athletes_clock() -> None:
    instant = datetime(2026, 11, 23, 2, 5, tzinfo=UTC)
    assert IMPERIAL.date(instant) == "Sun 22 Nov 2026"
    assert IMPERIAL.clock(instant) == "21:05"
    assert METRIC.long_date(instant) == "Monday 23 November 2026"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (5, "just now"),
        (65, "1 min ago"),
        (6 * 3600, "6 h ago"),
        (30 * 3600, "30 h ago"),
        (3 * 86_400, "3 days ago"),
    ],
)
def test_ages_are_told_in_their_largest_unit(before: int, text: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert METRIC.ago(now - timedelta(seconds=before), now) == text


def test_figures_escape_what_they_are_given() -> None:
    assert "<b>" not in figure("<b>", "<i>")


@pytest.mark.parametrize(
    ("size", "text"), [(999, "999 bytes"), (1500, "1.5 kB"), (64_000_000, "64.0 MB")]
)
def test_sizes_are_told_in_si_units(size: int, text: str) -> None:
    assert size_text(size) == text
