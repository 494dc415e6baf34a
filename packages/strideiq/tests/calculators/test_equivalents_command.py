"""``strideiq equivalents`` says the same as the page, as text and as JSON."""

from __future__ import annotations

import json

from click.testing import CliRunner

from strideiq.cli import strideiq

RACES = ["--race", "5km", "20:00", "--race", "1500m", "5:28"]


def test_the_three_models_stand_side_by_side() -> None:
    answer = CliRunner().invoke(strideiq, ["equivalents", *RACES])
    assert answer.exit_code == 0
    assert "equal index" in answer.stdout + answer.stderr
    assert "Half marathon" in answer.stdout + answer.stderr


def test_json_holds_every_model_of_every_race() -> None:
    answer = CliRunner().invoke(strideiq, ["equivalents", "--json", *RACES])
    document = json.loads(answer.stdout)
    assert len(document["equivalents"]) == 8
    assert document["models"]["critical_speed"]["critical_speed_mps"] > 3


def test_races_of_no_runner_are_refused_as_a_wrong_use() -> None:
    answer = CliRunner().invoke(strideiq, ["equivalents", "--race", "5km", "5:00"])
    assert answer.exit_code == 2
    assert "faster than any human" in answer.output
