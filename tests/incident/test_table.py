"""The documented table of incidents is the one that the replays write."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "reference" / "replayed-incidents.md"
_ROW = re.compile(r"^\| \[([A-Z]\d\d)\]\(https?://\S+\) \| ([^|]+) \|", re.MULTILINE)


def replayed() -> Iterator[tuple[str, str]]:
    """Every ``pytest.mark.incident(id, what, …)`` of this folder."""
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "incident"
            ):
                incident, what = (ast.literal_eval(argument) for argument in node.args)
                yield incident, what


def test_the_table_names_exactly_the_incidents_that_are_replayed(
    request: pytest.FixtureRequest,
) -> None:
    if request.config.getoption("--incident-table"):
        pytest.skip("this run writes the table at its end")
    documented = _ROW.findall(TABLE.read_text())
    advice = "make incident PYTEST_ARGS='--incident-table docs/reference/replayed-incidents.md'"
    assert sorted(documented) == sorted(replayed()), f"write it again: {advice}"


def test_every_incident_has_a_source() -> None:
    sources = tomllib.loads((HERE / "sources.toml").read_text())
    assert {incident for incident, _ in replayed()} <= sources.keys()
