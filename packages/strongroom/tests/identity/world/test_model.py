"""Thousands of made-up histories: no wrong database is let in, and no right one refused."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from .histories import play
from .world import World

HISTORIES = int(os.environ.get("HISTORIES", "2000"))
"""``make soak`` plays many more."""
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_ends_with_a_wrong_database_let_in_or_a_right_one_refused(part: int) -> None:
    tally: Counter[str] = Counter()
    for seed in range(part, HISTORIES, PARTS):
        world, told = World(), []
        try:
            for name in play(world, seed):
                told.append(name)
                for machine in world.machines:
                    for copy in world.copies:
                        world.examine(copy, machine)
        except AssertionError as error:
            error.add_note(f"seed {seed}: {', '.join(told)}")
            raise
        tally += world.tally
    assert tally["match: complete"]
    assert tally["match: a failover"]
    assert tally["match: a replica that lags"]
    for refusal in ("rolled_back: it lacks what was seen", "clone: it lacks what was seen"):
        assert tally[refusal]
