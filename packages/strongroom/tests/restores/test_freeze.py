"""Freezing saves what vacuum would remove, and lets nobody in until it is thawed."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from strongroom.errors import FrozenError, NoSpaceError, RefusedError
from strongroom.identity import check, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.restores import FREEZE_STEPS, freeze, thaw
from strongroom.server.supervisor import Supervisor
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import killed_in_this_run

if TYPE_CHECKING:
    from conftest import Look

    from strongroom.config import Configuration

LOST = b"the row that somebody deleted"
CHILD = """
import sys
from pathlib import Path
from strongroom.config import load
from strongroom.restores import freeze
from strongroom.testing.killing import KillAt
freeze(load(Path(sys.argv[1])), progress=KillAt(sys.argv[2]))
"""


def test_what_was_deleted_is_in_the_copy_though_a_vacuum_comes_later(
    sample: Configuration, look: Look
) -> None:
    look.execute(
        sample,
        f"INSERT INTO public.parent SELECT n FROM generate_series(1, 9) n; "
        f"CREATE TABLE public.lost AS SELECT '{LOST.decode()}' AS what",
    )
    look.execute(sample, "DELETE FROM public.lost")
    frozen = freeze(sample)
    thaw(sample)
    look.execute(sample, "VACUUM (FULL, ANALYZE) public.lost")
    assert sample.server is not None
    files = [path for path in (frozen.copy / "base").rglob("*") if path.is_file()]
    assert any(LOST in path.read_bytes() for path in files)
    now = [path for path in (sample.server.data_directory / "base").rglob("*") if path.is_file()]
    assert not any(LOST in path.read_bytes() for path in now)


def test_nobody_gets_in_until_it_is_thawed(sample: Configuration) -> None:
    assert sample.server is not None
    with open_database(sample) as database, connect(database.conninfo()) as at_work:
        freeze(sample)
        with pytest.raises(Exception, match=r"terminat|closed|lost"):
            at_work.execute("SELECT 1")
    assert check(sample).verdict == "unreachable"
    with pytest.raises(RefusedError), open_database(sample):
        pass
    with Supervisor(sample.server).running() as server, connect(server.administrator()) as admin:
        assert admin.execute("SHOW autovacuum").fetchone() == ("off",)
    with pytest.raises(FrozenError):
        freeze(sample)
    thaw(sample)
    assert check(sample).verdict == "match"
    with Supervisor(sample.server).running() as server, connect(server.administrator()) as admin:
        assert admin.execute("SHOW autovacuum").fetchone() == ("on",)
    with pytest.raises(FrozenError):
        thaw(sample)


def test_without_room_for_the_copy_nothing_is_copied_and_it_can_be_repeated(
    sample: Configuration,
) -> None:
    with pytest.raises(NoSpaceError):
        freeze(sample, free_bytes=lambda _: 0)
    assert not list(sample.kept_directory.glob("*"))
    assert freeze(sample).copy.is_dir()


@pytest.mark.parametrize("step", killed_in_this_run(FREEZE_STEPS))
def test_a_freeze_killed_at_any_step_is_repeated_and_thawed(
    sample: Configuration, look: Look, step: str
) -> None:
    before = look.contents(sample)
    assert run_forked(CHILD, sample.path, step) == -signal.SIGKILL
    try:
        copy = freeze(sample).copy
    except FrozenError:  # it had been done when the process was killed
        (copy,) = sample.kept_directory.glob("*-frozen")
    assert (copy / "PG_VERSION").is_file()
    assert not list(sample.kept_directory.glob(".*"))
    thaw(sample)
    assert look.contents(sample) == before
