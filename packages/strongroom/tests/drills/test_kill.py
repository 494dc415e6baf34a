"""A drill that is killed at any step proves nothing, harms nothing, and can be repeated."""

import os
import signal
from pathlib import Path

import pytest

from strongroom.config import Configuration
from strongroom.drills import STEPS, drill, latest_proof, proofs
from strongroom.identity import check
from strongroom.server.directory import live_postmaster
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import killed_in_this_run

CHILD = """
import sys
from pathlib import Path
from strongroom.config import load
from strongroom.drills import drill
from strongroom.testing.killing import KillAt
drill(load(Path(sys.argv[1])), progress=KillAt(sys.argv[2]))
"""


@pytest.mark.parametrize("step", killed_in_this_run(STEPS))
def test_a_drill_killed_at_any_step_is_repeated_without_a_trace(
    sample: Configuration, step: str
) -> None:
    ended = run_forked(CHILD, sample.path, step)
    assert ended == -signal.SIGKILL, f"{step} was never reached"
    assert all(record.verdict == "proven" for record in proofs(sample))
    abandoned = [
        postmaster.process_id
        for place in sample.scratch_directory.glob("scratch-*")
        if (postmaster := live_postmaster(place / "data"))
    ]
    assert drill(sample).verdict == "proven"
    assert latest_proof(sample) is not None
    assert not list(sample.scratch_directory.glob("scratch-*"))
    assert not [process_id for process_id in abandoned if _is_postgres(process_id)]
    assert check(sample).verdict == "match"


def _is_postgres(process_id: int) -> bool:
    """Whether a process lives that nobody has to reap any more."""
    try:
        os.kill(process_id, 0)
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
