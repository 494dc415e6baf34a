from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from strongroom.backups import STEPS, listed, open_archive
from strongroom.storage import open_store

Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""

TAKE_AND_DIE = """
import sys
from pathlib import Path
from strongroom.backups import take
from strongroom.config import load
from strongroom.testing.killing import KillAt
take(load(Path(sys.argv[1])), progress=KillAt(sys.argv[2]))
"""
SEALED = STEPS[STEPS.index("backup.sealed") :]


def killed_at(shop: Shop, step: str) -> int:
    """Take a backup in a process that ends by SIGKILL at a step; return how it ended."""
    command = [sys.executable, "-c", TAKE_AND_DIE, str(shop.configuration.path), step]
    return subprocess.run(command, check=False, capture_output=True).returncode


def assert_every_listed_backup_is_whole(shop: Shop) -> None:
    for manifest in listed(shop.configuration):
        with open_archive(shop.configuration, manifest):
            pass  # leaving the block compares all of it with the manifest


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_a_backup_is_whole_or_not_listed(shop: Shop, step: str) -> None:
    before = listed(shop.configuration)
    assert killed_at(shop, step) == -signal.SIGKILL, "the step was not reached"

    after = listed(shop.configuration)
    assert len(after) - len(before) == (step in SEALED)
    assert_every_listed_backup_is_whole(shop)

    manifest = shop.take()
    assert listed(shop.configuration) == [manifest, *after]
    whole = {key for one in listed(shop.configuration) for key in (one.key, one.objects[0].key)}
    assert set(shop.stored) == whole, "what the dead process left was swept"
    store = open_store(shop.configuration.store_url)
    assert store.sweep() == 0
    assert not list((shop.configuration.state_cache / "unfinished-backups").iterdir())


def test_a_step_that_does_not_exist_is_not_reached(shop: Shop) -> None:
    assert killed_at(shop, "backup.imagined") == 0


def test_a_sweep_spares_a_backup_that_is_being_taken(shop: Shop) -> None:
    def take_another(path: Path = shop.configuration.path) -> None:
        command = [sys.executable, "-c", TAKE_AND_DIE, str(path), "backup.imagined"]
        subprocess.run(command, check=True, capture_output=True)

    class AtStored:
        def step(self, name: str) -> None:
            if name == "backup.stored":
                take_another()

        def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
            pass

    before = len(listed(shop.configuration))
    shop.take(AtStored())
    assert len(listed(shop.configuration)) == before + 2
    assert_every_listed_backup_is_whole(shop)
