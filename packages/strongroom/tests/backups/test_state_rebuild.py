"""A lost state is made again from backups, and only for a database that has all of theirs."""

from __future__ import annotations

import json
import shutil

import psycopg
import pytest
from click.testing import CliRunner

from strongroom.backups import take
from strongroom.backups.state_rebuild import rebuild_state
from strongroom.cli import strongroom as command_line
from strongroom.config import Configuration
from strongroom.errors import RefusedError, StateError
from strongroom.identity import Verdict, check, open_database
from strongroom.identity.expectation import expectation
from strongroom.identity.state import Incarnation


def lose_state(sample: Configuration) -> None:
    shutil.rmtree(sample.directory / "store" / "state")
    (sample.state_cache / "state.json").unlink()


def life(sample: Configuration) -> Incarnation:
    expected = expectation(sample)
    assert expected is not None
    return expected.state.current


def test_a_lost_state_is_made_again(sample: Configuration) -> None:
    before = life(sample)
    lose_state(sample)
    with pytest.raises(StateError) as refused:
        check(sample)
    assert refused.value.next_step == "strongroom state rebuild"
    outcome = CliRunner().invoke(
        command_line, ["--config", str(sample.path), "state", "rebuild", "--json"]
    )
    assert outcome.exit_code == 0, outcome.output
    assert json.loads(outcome.stdout)["incarnation"] == before.id
    after = life(sample)
    assert (after.clusters, after.floors, after.last) == (
        before.clusters,
        before.floors,
        before.last,
    )
    assert check(sample).matches
    with open_database(sample):
        pass


def test_a_state_that_is_there_is_never_replaced(sample: Configuration) -> None:
    with pytest.raises(StateError, match="is there"):
        rebuild_state(sample)
    shutil.rmtree(sample.directory / "store" / "state")
    with pytest.raises(StateError, match="is there"):
        rebuild_state(sample)


def test_a_store_that_cannot_be_asked_is_no_lost_state(sample: Configuration) -> None:
    store = sample.directory / "store"
    (sample.state_cache / "state.json").unlink()
    store.rename(sample.directory / "unmounted")
    with pytest.raises(StateError):
        rebuild_state(sample)
    assert not store.exists()


@pytest.mark.parametrize(
    "loss",
    [
        "TRUNCATE public.run CASCADE",
        "DELETE FROM strongroom.epoch WHERE n = (SELECT max(n) FROM strongroom.epoch)",
    ],
)
def test_a_database_that_lacks_something_of_its_backup_is_refused(
    sample: Configuration, loss: str
) -> None:
    with open_database(sample) as database:
        with psycopg.connect(**database.administrator(), autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS public.run (id int)")
            connection.execute("INSERT INTO public.run SELECT generate_series(1, 100)")
        take(sample, database)
        with psycopg.connect(**database.administrator(), autocommit=True) as connection:
            connection.execute(loss.encode())
    lose_state(sample)
    with pytest.raises(RefusedError, match="not made again") as refused:
        rebuild_state(sample)
    assert refused.value.exit_code == Verdict.SHRUNK.exit_code
    assert refused.value.judgement["accept"] is None  # it would need the state that is lost
    assert not (sample.state_cache / "state.json").exists()


def test_without_a_backup_nothing_tells_what_the_database_was(sample: Configuration) -> None:
    lose_state(sample)
    shutil.rmtree(sample.directory / "store" / "backups")
    with pytest.raises(StateError, match="no whole backup"):
        rebuild_state(sample)


def test_the_state_is_shown(sample: Configuration) -> None:
    run = CliRunner()
    told = run.invoke(command_line, ["--config", str(sample.path), "state", "show"])
    assert life(sample).id in told.output
    shown = run.invoke(command_line, ["--config", str(sample.path), "state", "show", "--json"])
    document = json.loads(shown.stdout)
    assert document["incarnations"][0]["status"] == "current"
    assert document["stale"] is None
