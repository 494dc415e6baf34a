from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from strongroom.backups import STEPS, listed
from strongroom.backups.archive import open_object
from strongroom.storage import open_store
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import SOAK, killed_in_this_run

Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""

TAKE_AND_DIE = """
import sys
from pathlib import Path
from strongroom.backups import take
from strongroom.config import load
from strongroom.testing.killing import KillAt
take(load(Path(sys.argv[1])), method=(sys.argv[3:] or [None])[0], progress=KillAt(sys.argv[2]))
"""
SEALED = STEPS[STEPS.index("backup.sealed") :]


def killed_at(shop: Shop, step: str, method: str = "logical") -> int:
    """Take a backup in a process that ends by SIGKILL at a step; return how it ended."""
    return run_forked(TAKE_AND_DIE, shop.configuration.path, step, method)


def assert_every_listed_backup_is_whole(shop: Shop) -> None:
    for manifest in listed(shop.configuration):
        for index in range(len(manifest.objects)):
            with open_object(shop.configuration, manifest, index):
                pass  # leaving the block compares all of it with the manifest


PHYSICAL_KILLED_AT = killed_in_this_run(STEPS, always="backup.stored")
# In every run each step is killed at, by one method or the other.
LOGICAL_KILLED_AT = [
    step
    for step in STEPS
    if os.environ.get(SOAK) or step == "backup.stored" or step not in PHYSICAL_KILLED_AT
]


@pytest.mark.parametrize(
    ("step", "method"),
    [
        *((step, "logical") for step in LOGICAL_KILLED_AT),
        *((step, "physical") for step in PHYSICAL_KILLED_AT),
    ],
)
def test_killed_at_any_step_a_backup_is_whole_or_not_listed(
    shop: Shop, step: str, method: str
) -> None:
    before = listed(shop.configuration)
    assert killed_at(shop, step, method) == -signal.SIGKILL, "the step was not reached"

    after = listed(shop.configuration)
    assert len(after) - len(before) == (step in SEALED)
    assert_every_listed_backup_is_whole(shop)

    manifest = shop.take()
    assert listed(shop.configuration) == [manifest, *after]
    whole = {
        key
        for one in listed(shop.configuration)
        for key in (one.key, *(stored.key for stored in one.objects))
    }
    assert set(shop.stored) == whole, "what the dead process left was swept"
    store = open_store(shop.configuration.store_url)
    assert store.sweep() == 0
    assert not list((shop.configuration.state_cache / "unfinished-backups").iterdir())


def test_a_step_that_does_not_exist_is_not_reached(shop: Shop) -> None:
    assert killed_at(shop, "backup.imagined") == 0


def test_a_sweep_spares_a_backup_that_is_being_taken(shop: Shop) -> None:
    def take_another(path: Path = shop.configuration.path) -> None:
        assert run_forked(TAKE_AND_DIE, path, "backup.imagined") == 0

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
