from __future__ import annotations

from typing import Any

import click
import pytest

from strongroom.cli.judgement import judgement_lines
from strongroom.cli.layout import Whole, fitted

WARNING = "▲ state_stale  The state could not be reached, so what is known here decides alone."


def test_a_sentence_wraps_under_its_own_beginning() -> None:
    first, *others = fitted([WARNING], 40)
    assert first.startswith("▲ state_stale  The state")
    assert others
    assert all(line.startswith(" " * 15) and line[15] != " " for line in others)
    assert all(len(line) <= 40 for line in (first, *others))
    assert " ".join(line.strip() for line in (first, *others)) == WARNING


@pytest.mark.parametrize("width", [40, 55, 80, 200])
def test_wrapping_loses_no_word_and_no_colour(width: int) -> None:
    line = f"{click.style('error:', fg='red', bold=True)} " + "one two three four five " * 8
    parts = fitted([line], width)
    assert " ".join(" ".join(click.unstyle(part) for part in parts).split()) == " ".join(
        click.unstyle(line).split()
    )
    assert parts[0].startswith("\x1b[31m")


def test_commands_tables_and_what_is_piped_are_left_whole() -> None:
    command = Whole("next: strongroom permit ask 'delete public.account rows=31' --reason WHY")
    table = "20261122T230857Z-987d1f           2.8 s ago    13.5 kB         5,013 rows"
    assert fitted([command, table], 40) == [command, table]
    assert fitted([WARNING], None) == [WARNING]


def judgement(verdict: str, expected: str | None, found: str | None) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "message": "What was found.",
        "expected": {"database_id": expected},
        "found": {"database_id": found},
        "at_risk": [],
        "warnings": [],
        "next": "",
        "accept": None,
    }


def test_what_matches_is_said_once_and_what_differs_twice() -> None:
    same = judgement_lines(judgement("match", "a" * 36, "a" * 36), width=80)
    assert "\n".join(same).count("a" * 36) == 1
    differing = judgement("foreign", "a" * 36, "b" * 36)
    wide = [click.unstyle(line) for line in judgement_lines(differing, width=120)]
    assert any("a" * 36 in line and "b" * 36 in line for line in wide)
    narrow = [click.unstyle(line) for line in judgement_lines(differing, width=72)]
    assert any(line.endswith(f"{'a' * 36}  expected") for line in narrow)
    assert any(line.endswith(f"{'b' * 36}  found") for line in narrow)
    assert all(len(line) <= 72 for line in narrow)
