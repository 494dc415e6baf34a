"""What one seed stands for: a scenario, a fault, and how far into the scenario it strikes.

Pure: the same seed is the same plan on every machine. Which call or step lies at that place is
known once the scenario has run without a fault.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from strongroom.testing.faulty_store import FAULTS as STORE_FAULTS

STEP_FAULTS = ("killed_at_step", "clock_forward", "clock_back")
"""Strike at a step that the work reports: by SIGKILL, or the time of day jumps by days."""
SERVER_FAULTS = ("server_crashes", "server_killed")
"""The PostgreSQL server in place ends at a step: an immediate stop, or SIGKILL."""
SCRATCH_FAULTS = ("scratch_killed",)
"""The scratch server of a drill or a restore ends by SIGKILL at a step."""
DISK_FAULTS = ("disk_full",)
"""The file system of the whole home has no room left from a step on."""

AGAIN_SHARE = 0.25
"""How many runs go wrong twice, the second time while the first is being made good."""

_WRITING = (*STEP_FAULTS, *SERVER_FAULTS, *DISK_FAULTS)
_STREAMS = frozenset({"breaks"})
_RESTORING = (*_WRITING, *SCRATCH_FAULTS)


@dataclass(frozen=True)
class Scenario:
    """One act, how often it is tried, and what else than its stores can fail."""

    name: str
    weight: int
    """Its share of the runs."""
    others: tuple[str, ...]
    never: frozenset[str] = frozenset()
    """Faults of calls that it does not make."""
    every: int = 1
    """The fixed slice tries each so-manieth of its faults: some acts take seconds."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Every fault that it is tried with."""
        return (*(one for one in STORE_FAULTS if one not in self.never), *self.others)

    @property
    def faults_again(self) -> tuple[str, ...]:
        """Every fault that its repetition is tried with."""
        return tuple(one for one in self.faults if one in STORE_FAULTS)


SCENARIOS = {
    one.name: one
    for one in (
        Scenario("logical", 15, _WRITING, every=2),
        Scenario("full", 5, _WRITING, every=6),
        Scenario("incremental", 9, _WRITING, every=5),
        Scenario("copy", 22, (*STEP_FAULTS, *DISK_FAULTS), every=2),
        Scenario("drill", 4, _RESTORING, every=5),
        Scenario("drill_chain", 1, _RESTORING, every=11),
        Scenario("restore", 3, _RESTORING, every=7),
        Scenario("restore_chain", 1, _RESTORING, every=13),
        Scenario("swap", 4, _RESTORING, every=6),
        Scenario("undo", 7, _WRITING, _STREAMS, every=5),
        Scenario("prune", 12, _WRITING, _STREAMS, every=3),
        Scenario("fsck", 17, ()),
    )
}


@dataclass(frozen=True)
class Plan:
    """What is tried with one seed."""

    seed: int
    scenario: str
    fault: str
    share: float
    """Where among the possible places it strikes, from 0 to 1."""
    detail: float
    """Where inside an answer a byte is changed, say, from 0 to 1."""
    again: str | None = None
    """What goes wrong in the first repetition; it may strike where that does not come by."""

    def __str__(self) -> str:
        again = f", then {self.again}" if self.again else ""
        return f"FAULT_SEED={self.seed}: {self.scenario}, {self.fault}{again}"


def plan_of(seed: int) -> Plan:
    """Make the plan that a seed stands for."""
    chosen = random.Random(seed)  # noqa: S311  repeatable, not secret
    weights = [one.weight for one in SCENARIOS.values()]
    (scenario,) = chosen.choices([*SCENARIOS.values()], weights)
    fault = chosen.choice(scenario.faults)
    share, detail = chosen.random(), chosen.random()
    again = chosen.choice(scenario.faults_again) if chosen.random() < AGAIN_SHARE else None
    return Plan(seed, scenario.name, fault, share, detail, again)


def plans(first_seed: int, count: int) -> list[Plan]:
    """Make the plans of so many seeds, one after the other."""
    return [plan_of(seed) for seed in range(first_seed, first_seed + count)]


def fixed_slice() -> list[Plan]:
    """The first plan of each fault of each scenario, or of some where each takes seconds."""
    wanted = {
        (one.name, fault)
        for n, one in enumerate(SCENARIOS.values())
        for fault in one.faults[n % one.every :: one.every]
    }
    found: list[Plan] = []
    for plan in _endless():
        if not wanted:
            break
        if (plan.scenario, plan.fault) in wanted:
            wanted.remove((plan.scenario, plan.fault))
            found.append(plan)
    return found


def _endless() -> Iterator[Plan]:
    seed = 0
    while True:
        yield plan_of(seed)
        seed += 1
