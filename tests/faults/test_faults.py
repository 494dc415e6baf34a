"""Seeded faults in every act: nothing lost, nothing falsely proven, a clean repetition.

``make faults`` runs a fixed slice with every kind of fault, and every act; ``FAULT_SEED=n``
replays one run, ``FAULT_RUNS=n`` (from ``FAULT_FIRST``) plays many. A failure names its seed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_home import Home
from fault_plan import SCENARIOS, Plan, fixed_slice, plan_of, plans
from fault_run import Runner

from strongroom.testing.killing import SOAK
from strongroom.testing.missing import missing

SOAK_RUNS = "2000"
PART = 20


def chosen() -> list[Plan]:
    """The plans of this run."""
    if seed := os.environ.get("FAULT_SEED"):
        return [plan_of(int(seed))]
    if runs := os.environ.get("FAULT_RUNS", SOAK_RUNS if os.environ.get(SOAK) else ""):
        return plans(int(os.environ.get("FAULT_FIRST", "0")), int(runs))
    return fixed_slice()


def parts(found: list[Plan]) -> Iterator[tuple[str, list[Plan]]]:
    """Plans of one scenario each, so few that test processes can share them evenly."""
    for name in SCENARIOS:
        of_it = [one for one in found if one.scenario == name]
        for n in range(0, len(of_it), PART):
            yield f"{name}-{n // PART}", of_it[n : n + PART]


CHOSEN = dict(parts(chosen()))


@pytest.fixture(scope="module")
def runner(home: Home) -> Runner:
    if not home.mounted:
        missing("mounting a file system, to make it full (needs root)")
    return Runner(home)


@pytest.mark.parametrize("part", CHOSEN)
@pytest.mark.timeout(0)
def test_no_fault_loses_anything_or_makes_a_false_proof(runner: Runner, part: str) -> None:
    outcomes = []
    for plan in CHOSEN[part]:
        outcomes.append(runner.run(plan))
        _tell(outcomes[-1].as_dict())
    broken = [str(one) for one in outcomes if one.violations]
    missed = [f"{one.plan} at {one.place}" for one in outcomes if not one.reached]
    assert not broken, f"{len(broken)} of {len(outcomes)}:\n" + "\n".join(broken)
    assert not missed, "never reached:\n" + "\n".join(missed)


def _tell(line: dict[str, object]) -> None:
    """Write a run down, where somebody wants to know of each."""
    if log := os.environ.get("FAULT_LOG"):
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
