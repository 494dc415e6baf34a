"""Histories of the model, replayed on real servers: the gate says the same of real databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from strongroom.server.scratch import scratch_server
from strongroom.server.supervisor import RunningServer

from .histories import play
from .replay import RealWorld

REPLAYS = int(os.environ.get("REPLAYS", "4"))
"""``make soak`` replays many more."""
ACTS = frozenset(
    {
        *("write", "delete_a_few", "delete_most", "start", "kill", "back_up", "copy_bytes"),
        *("copy_an_older_moment", "point_elsewhere", "point_back", "restore", "undo", "accept"),
        "reload_elsewhere",
    }
)
"""Without replicas, which ``test_replicas`` tries on streaming ones, and without long waits."""


@pytest.fixture(scope="module")
def servers(
    server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, RunningServer]]:
    with scratch_server(tmp_path_factory.mktemp("elsewhere")) as other:
        yield server, other


@pytest.mark.parametrize("seed", range(REPLAYS))
def test_a_history_replayed_on_real_servers_is_judged_as_in_the_model(
    seed: int, servers: tuple[RunningServer, RunningServer], tmp_path: Path
) -> None:
    world, told = RealWorld(servers, tmp_path), []
    try:
        for name in play(world, seed, only=ACTS, acts_max=14):
            told.append(name)
            for machine in world.machines:
                world.examine(machine.address, machine)
    except AssertionError as error:
        error.add_note(f"seed {seed}: {', '.join(told)}")
        raise
    finally:
        world.drop()
