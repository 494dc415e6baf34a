"""What a model says of the real results of the tools: lies are never shown, most of the rest is.

A data file has the calls of tools behind ``#``, and below them the lines of one answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from seeded import TODAY

from strideiq.coach.checking.checker import Checked, check
from strideiq.coach.checking.sentences import sentences
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox

LISTS = Path(__file__).parent / "checking"
SHOWN_MIN = {
    "models_1_honest.txt": 0.83,
    "models_2_honest.txt": 0.68,
    "models_3_honest.txt": 0.94,
    "models_4_honest.txt": 0.39,
    "models_5_honest.txt": 0.72,
}
"""What was reached; at first sight it was 0.58, 0.29, 0.72, 0.38 and 0.73.

The first, third and fifth are by readers who had our instructions for models, the others are free.
The fifth is as it was found: nothing was changed because of it.
"""
LIES = (
    "models_2_lies.txt",
    "models_3_lies.txt",
    "models_4_lies.txt",
    "models_5_lies.txt",
    "no_figure_lies.txt",
)


def answers(name: str) -> Iterator[tuple[str, list[str]]]:
    """The calls of each answer, and its lines."""
    calls, lines = "", list[str]()
    for line in (LISTS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            if calls:
                yield calls, lines
            calls, lines = line.removeprefix("# "), []
        elif line and not line.startswith("//"):
            lines.append(line.removeprefix("+ "))
    yield calls, lines


def judged(name: str, scope: Scope) -> Iterator[Checked]:
    """The sentences of a list, each by what its calls give."""
    for calls, lines in answers(name):
        tools = Toolbox(scope, TOOLS)
        for call in calls.split(" | "):
            tool, _, arguments = call.strip().partition(" ")
            tools.call(tool, json.loads(arguments or "{}"))
        told = sentences(f"{line}\n" for line in lines)
        yield from check(told, tools.evidence, TODAY, strict=True)


@pytest.mark.parametrize("name", SHOWN_MIN)
def test_most_of_what_a_model_says_of_real_results_is_shown(
    name: str, reading_scope: Scope
) -> None:
    found = list(judged(name, reading_scope))
    withheld = [f"{one.sentence} ({one.why})" for one in found if not one.shown]
    assert len(withheld) <= (1 - SHOWN_MIN[name]) * len(found), "\n".join(withheld)


def leads(name: str) -> set[str]:
    """The true sentences of a list of lies, which stand in front of one."""
    text = (LISTS / name).read_text(encoding="utf-8")
    return {line.removeprefix("+ ") for line in text.splitlines() if line.startswith("+ ")}


@pytest.mark.parametrize("name", LIES)
def test_no_lie_about_real_results_is_shown(name: str, reading_scope: Scope) -> None:
    true = leads(name)
    found = list(judged(name, reading_scope))
    assert {one.sentence for one in found if one.shown} == true
    assert len(found) > 2 * len(true)
