"""What fails in the middle of a swap is settled at once, and nobody stays cut off.

Faults to survive: the exchange of the directories fails; the state cannot be told before the
exchange; it cannot be told after it, once or for long; the disk becomes full while loading;
somebody else restores at the same time.
"""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from strongroom.config import Configuration
from strongroom.drills import drill, proofs
from strongroom.errors import NoSpaceError, RestoreError, ServerError, StateError
from strongroom.identity import check, open_database
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.tools import Finished, RunningTool
from strongroom.restores import plan_restore, restore, swap, undo
from strongroom.restores.journal import pending_swap
from strongroom.restores.swap import one_at_a_time

if TYPE_CHECKING:
    from conftest import Look


def _failing(error: Exception, times: int) -> Callable[..., None]:
    """Stand in for a function that fails so many times and then does nothing."""
    left = [times]

    def fail(*_: object, **__: object) -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return fail


STATE_AWAY = StateError("The state cannot be written.", next_step="try again")
EXCHANGE_FAILS = ServerError("The file system cannot do it.", next_step="try again")


@pytest.mark.parametrize(
    ("module", "name", "error"),
    [
        ("strongroom.restores.swap", "exchange_directories", EXCHANGE_FAILS),
        ("strongroom.restores.restore", "begin_swap", STATE_AWAY),
    ],
)
def test_a_swap_that_cannot_be_made_is_taken_back_while_the_application_works_on(
    sample: Configuration,
    look: "Look",
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    name: str,
    error: Exception,
) -> None:
    whole = look.contents(sample)
    with open_database(sample) as database:
        monkeypatch.setattr(sys.modules[module], name, _failing(error, times=1))
        with pytest.raises(type(error), match=str(error)):
            restore(sample, swap=True)
        with connect(database.conninfo()) as connection:
            assert connection.execute("SELECT count(*) FROM public.gear").fetchone() == (2,)
    assert pending_swap(sample.state_cache) is None
    assert ledger_of(sample).contains("swap", outcome="taken_back")
    assert look.contents(sample) == whole
    assert check(sample).verdict == "match"
    monkeypatch.undo()
    restore(sample, swap=True)
    assert check(sample).verdict == "match"


def test_a_swap_that_was_made_is_finished_later_when_the_state_is_away(
    sample: Configuration, look: "Look", monkeypatch: pytest.MonkeyPatch
) -> None:
    look.execute(sample, "INSERT INTO public.nothing VALUES (1)")
    written = look.contents(sample)
    with open_database(sample) as database:
        monkeypatch.setattr(swap, "finish_swap", _failing(STATE_AWAY, times=2))
        with pytest.raises(StateError):
            restore(sample, swap=True)
        with connect(database.conninfo()) as connection:
            assert connection.execute("SELECT count(*) FROM public.nothing").fetchone() == (0,)
    assert pending_swap(sample.state_cache) is not None
    assert check(sample).verdict == "match"
    monkeypatch.undo()
    assert restore(sample, swap=True).comparison is None, "the interrupted swap is the restore"
    assert check(sample).verdict == "match"
    undo(sample)
    assert look.contents(sample) == written
    assert check(sample).verdict == "match"


def test_a_disk_that_becomes_full_is_no_verdict_about_the_backup(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Finished(1, "pg_restore: error: could not extend file: No space left on device")

    def finish(tool: RunningTool) -> Finished:
        tool.process.wait()
        return full

    with monkeypatch.context() as patched:
        patched.setattr(RunningTool, "finish", finish)
        with pytest.raises(NoSpaceError):
            drill(sample)
        with pytest.raises(NoSpaceError):
            restore(sample)
    assert proofs(sample) == []
    assert drill(sample).verdict == "proven"


def test_two_at_once_do_not_meet(sample: Configuration) -> None:
    with one_at_a_time(sample), pytest.raises(RestoreError, match="Another process"):
        restore(sample)
    with one_at_a_time(sample), pytest.raises(RestoreError, match="Another process"):
        undo(sample)


def test_the_backup_of_another_database_never_takes_the_place(sample: Configuration) -> None:
    pin = json.loads(sample.lock_path.read_text())
    pin["databases"]["main"] = {
        "database_id": "4b9d0d6e-0000-4000-8000-000000000001",
        "environment": sample.environment,
    }
    sample.lock_path.write_text(json.dumps(pin))
    with pytest.raises(RestoreError, match="would be refused"):
        plan_restore(sample, swap=True)
    assert plan_restore(sample).kept is None
