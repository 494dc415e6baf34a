"""The documented table is the one that the replays write."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from docker_table import FOUNDING, SOURCES
from relative import relatives

TABLE = Path(__file__).parents[3] / "docs" / "reference" / "replayed-on-docker.md"
ADVICE = (
    "write it again: STRONGROOM_SOAK=1 make incident PYTEST_ARGS="
    "'-k relative --docker-table docs/reference/replayed-on-docker.md'"
)
_ROW = re.compile(r"^\| \[(\w+)\]\(\S+\) \| ([^|]+) \|", re.MULTILINE)


def test_the_table_names_exactly_what_is_replayed(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--docker-table"):
        pytest.skip("this run writes the table at its end")
    documented = {one for one in _ROW.findall(TABLE.read_text()) if one[0] != FOUNDING}
    assert documented == {(one.incident, one.what) for one in relatives()}, ADVICE


def test_there_are_at_least_forty_relatives_and_each_has_a_source() -> None:
    told = list(relatives())
    assert len({(one.incident, one.what) for one in told}) == len(told) >= 40
    sources = tomllib.loads(SOURCES.read_text())
    assert {one.incident for one in told} <= sources.keys()
