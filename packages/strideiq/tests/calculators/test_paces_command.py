"""``strideiq paces`` answers with figures that carry their units, or says what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strideiq.cli import strideiq


def run(*arguments: str) -> Result:
    return CliRunner().invoke(strideiq, ["paces", *arguments])


def answer(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_index_of_fifty_gives_the_known_paces_and_races() -> None:
    told = answer("--rpi", "50")
    assert told["paces"]["threshold"]["pace"] == "4:15.2 /km"
    assert told["paces"]["interval"]["pace"] == "3:54.9 /km"
    times = {race["race"]: race["time_s"] for race in told["equivalents"]}
    assert times["5 km"] == pytest.approx(19 * 60 + 57, rel=0.002)
    assert times["10 km"] == pytest.approx(41 * 60 + 21, rel=0.002)
    assert times["Half marathon"] == pytest.approx(91 * 60 + 35, rel=0.002)
    assert times["Marathon"] == pytest.approx(190 * 60 + 49, rel=0.002)


def test_a_race_is_answered_with_its_own_time_and_index() -> None:
    told = answer("--race", "5km", "20:00")
    five = next(race for race in told["equivalents"] if race["race"] == "5 km")
    assert five["time"] == "20:00.0"
    assert told["rpi_low"] < told["rpi"] < told["rpi_high"]
    assert told["inputs"] == {"race_distance_m": 5000.0, "race_time_s": 1200.0, "units": "metric"}


def test_every_pace_names_an_equation_that_is_written_out() -> None:
    told = answer("--race", "half", "1:31:35", "--units", "imperial")
    assert {pace["equation"] for pace in told["paces"].values()} <= set(told["equations"])
    assert all(pace["pace"].endswith("/mi") for pace in told["paces"].values())


def test_people_read_paces_and_how_far_they_may_be_off() -> None:
    text = run("--race", "marathon", "3:10:49").stdout
    assert "running performance index  50." in text
    assert "threshold" in text
    assert "Two runners in three" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either --race DISTANCE TIME or --rpi"),
        (["--rpi", "50", "--race", "5km", "20:00"], "either --race"),
        (["--rpi", "fifty"], "not a running performance index"),
        (["--rpi", "500"], "between 10 and 100"),
        (["--race", "5", "20:00"], "not a distance"),
        (["--race", "5km", "20"], "not a time"),
        (["--race", "5km", "5:00"], "faster than any human"),
        (["--race", "200m", "0:40"], "from 800 m"),
        (["--rpi", "50", "--units", "furlongs"], "furlongs"),
    ],
)
def test_bad_input_is_a_usage_error_in_words(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
