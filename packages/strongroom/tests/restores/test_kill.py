"""A restore, swap or undo that is killed at any step loses no row, and the next try works."""

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.backups import take
from strongroom.config import CONFIGURATION_NAME, Configuration, load
from strongroom.identity import check
from strongroom.restores import PHYSICAL_STEPS, STEPS, restore, undo
from strongroom.restores.journal import pending_swap
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import SOAK, killed_in_this_run

if TYPE_CHECKING:
    from conftest import Look

CHILD = """
import sys
from pathlib import Path
from strongroom import restores
from strongroom.config import load
from strongroom.testing.killing import KillAt
configuration, progress = load(Path(sys.argv[1])), KillAt(sys.argv[3])
if sys.argv[2] == "undo":
    restores.undo(configuration, progress=progress)
else:
    restores.restore(configuration, swap=True, progress=progress)
"""
RESTORE_STEPS = [step for step in STEPS if not step.startswith("undo.")]
RESTORE_KILLED_AT = killed_in_this_run(RESTORE_STEPS, always="swap.exchanged")
UNDO_STEPS = [step for step in STEPS if step.startswith("undo.")]
# Both exchange by the same steps: in every run each of them is killed at, by one or the other.
UNDO_KILLED_AT = [
    step
    for step in UNDO_STEPS
    if os.environ.get(SOAK)
    or step == "undo.exchanged"
    or step.replace("undo.", "swap.") not in (*RESTORE_KILLED_AT, "swap.planned")
]


def _kill(configuration: Configuration, verb: str, step: str) -> None:
    ended = run_forked(CHILD, configuration.path, verb, step)
    assert ended == -signal.SIGKILL, f"{step} was never reached"


def _copied(home: Path, target: Path) -> Configuration:
    subprocess.run(["cp", "-a", "--reflink=auto", home, target], check=True)
    return load(target / CONFIGURATION_NAME)


@pytest.fixture(scope="session")
def swapped_template(
    sample_template: Path, tmp_path_factory: pytest.TempPathFactory, look: "Look"
) -> Path:
    """A home, at rest, after some writing, a swap, and some more writing."""
    home = tmp_path_factory.mktemp("swapped") / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", sample_template, home], check=True)
    configuration = load(home / CONFIGURATION_NAME)
    look.execute(configuration, "INSERT INTO public.nothing VALUES (1)")
    restore(configuration, swap=True)
    look.execute(configuration, "INSERT INTO public.nothing VALUES (2), (3)")
    return home


@pytest.mark.parametrize("step", RESTORE_KILLED_AT)
def test_a_restore_killed_at_any_step_loses_nothing_and_is_repeated(
    sample: Configuration, look: "Look", step: str
) -> None:
    whole = look.contents(sample)
    look.execute(sample, "INSERT INTO public.nothing VALUES (1)")
    written = look.contents(sample)
    _kill(sample, "restore", step)
    assert check(sample).verdict == "match"
    assert look.contents(sample) in (written, whole)
    restore(sample, swap=True)
    assert pending_swap(sample.state_cache) is None
    assert look.contents(sample) == whole
    assert check(sample).verdict == "match"
    assert not list(sample.scratch_directory.glob("scratch-*"))
    undo(sample)
    assert look.contents(sample) == written
    assert check(sample).verdict == "match"


@pytest.fixture(scope="session")
def physical_template(sample_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, at rest, whose newest backup is a physical one."""
    home = tmp_path_factory.mktemp("physical") / "home"
    take(_copied(sample_template, home), method="physical")
    return home


@pytest.mark.parametrize(
    "step", PHYSICAL_STEPS if os.environ.get(SOAK) else ("reload.unpacked", "reload.opened")
)
def test_a_physical_restore_killed_at_any_step_leaves_nothing_and_is_repeated(
    physical_template: Path, tmp_path: Path, look: "Look", step: str
) -> None:
    configuration = _copied(physical_template, tmp_path / "home")
    before = look.contents(configuration)
    _kill(configuration, "restore", step)
    assert check(configuration).verdict == "match"
    restored = restore(configuration, swap=True)
    assert restored.comparison is not None
    assert restored.comparison.verdict == "proven"
    assert not list(configuration.scratch_directory.glob("scratch-*"))
    assert look.contents(configuration) == before
    assert check(configuration).verdict == "match"


@pytest.mark.parametrize("step", UNDO_KILLED_AT)
def test_an_undo_killed_at_any_step_loses_nothing_and_is_repeated(
    swapped_template: Path, tmp_path: Path, look: "Look", step: str
) -> None:
    home = tmp_path / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", swapped_template, home], check=True)
    configuration = load(home / CONFIGURATION_NAME)
    since = look.contents(configuration)
    _kill(configuration, "undo", step)
    assert check(configuration).verdict == "match"
    undo(configuration)
    assert pending_swap(configuration.state_cache) is None
    before = look.contents(configuration)
    assert (since["public.nothing"].rows, before["public.nothing"].rows) == (2, 1)
    assert check(configuration).verdict == "match"
    undo(configuration)
    assert look.contents(configuration) == since
