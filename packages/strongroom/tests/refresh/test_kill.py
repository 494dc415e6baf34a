"""A refresh that is killed at any step leaves the target as it was, and the next one works."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from strongroom.identity import check
from strongroom.identity.pin import load_pin
from strongroom.refresh import STEPS, refresh
from strongroom.restores.journal import pending_swap
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import SOAK, RecordSteps

if TYPE_CHECKING:
    from conftest import Environments

    from strongroom.refresh import Refreshed

CHILD = """
import sys
from pathlib import Path
from strongroom.config import load
from strongroom.refresh import refresh
from strongroom.testing.killing import KillAt
refresh(load(Path(sys.argv[1])), load(Path(sys.argv[2])), progress=KillAt(sys.argv[3]))
"""
DECISIVE = ("refresh.rows_copied", "swap.exchanged")
"""Killed at in every run; at all steps in the long suites."""
KILLED_AT = STEPS if os.environ.get(SOAK) else DECISIVE


def test_a_refresh_killed_at_any_step_loses_nothing_and_is_repeated(
    refreshed: tuple[Environments, Refreshed],
) -> None:
    environments, _ = refreshed
    production, staging = environments.production, environments.staging
    for step in KILLED_AT:
        ended = run_forked(CHILD, production.path, staging.path, step)
        assert ended == -signal.SIGKILL, f"{step} was never reached"
        assert load_pin(staging.lock_path) is not None
        assert check(staging).verdict == "match", step
        assert b"Oberhuber" not in b"".join(
            path.read_bytes()
            for name in ("data", "refreshed", "kept")
            for path in (staging.directory / name).rglob("*")
            if path.is_file()
        ), step
    recorded = RecordSteps()
    refresh(production, staging, progress=recorded)
    assert set(STEPS) <= set(recorded.steps)
    assert pending_swap(staging.state_cache) is None
    assert check(staging).verdict == "match"
    count = environments.rows(staging, "SELECT count(*) FROM public.account")
    assert count == [(400,)]
    for home in (production, staging):
        assert not list(home.scratch_directory.glob("scratch-*"))
