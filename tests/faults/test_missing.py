"""What the store has lost is said by fsck, by status, and by an alert; and all goes on after it.

The newest manifest, a whole base backup that others build on, and the log in the middle of a
chain. A segment of a continuous log that is missing belongs here, too: a row in ``LOSSES``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from fault_home import Home, State

from strongroom.backups import Manifest, fsck, listed, take
from strongroom.cli import strongroom
from strongroom.config import load
from strongroom.drills import drill, latest_proof, require_as_written
from strongroom.schedule import Event, Events, Watcher
from strongroom.testing.http_sink import Sink, http_sink

WATCHED = """
[alerts]
urls = ["$ALERT_URL"]

[schedule]
backup = "every 1 d"
"""


def chain_of(state: State) -> tuple[Manifest, Manifest]:
    _, base, change = state.backups.values()
    return base, change


@dataclass(frozen=True)
class Loss:
    """One way in which a store loses something, and what has to be said of it."""

    take_away: Callable[[Path, State], object]
    found: set[str]
    """Kinds that fsck finds."""
    conditions: list[str]
    unusable: Callable[[State], set[str]]
    """The backups that nobody can restore any more."""


LOSSES = {
    "the newest manifest": Loss(
        lambda store, state: (store / chain_of(state)[1].key).unlink(),
        {"backup_missing"},
        ["backup_missing"],
        lambda state: {chain_of(state)[1].backup_id},
    ),
    "a base backup": Loss(
        lambda store, state: shutil.rmtree(store / "backups" / chain_of(state)[0].backup_id),
        {"backup_missing", "parent_missing"},
        ["backup_missing", "backup_damaged"],
        lambda state: {one.backup_id for one in chain_of(state)},
    ),
    "the log of a base backup": Loss(
        lambda store, state: (store / chain_of(state)[0].objects[1].key).unlink(),
        {"data_missing"},
        ["backup_damaged"],
        lambda state: {one.backup_id for one in chain_of(state)},
    ),
}


def status_of(path: Path) -> dict[str, list[dict[str, str]]]:
    shown = CliRunner().invoke(strongroom, ["--config", str(path), "status", "--json"])
    document: dict[str, list[dict[str, str]]] = json.loads(shown.stdout)
    return document


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with http_sink() as running:
        monkeypatch.setenv("ALERT_URL", f"json://127.0.0.1:{running.port}/alerts")
        yield running


@pytest.fixture
def watched(home: Home) -> Iterator[Path]:
    path = home.configuration.path
    before = path.read_text()
    path.write_text(before + WATCHED)
    yield path
    path.write_text(before)


@pytest.mark.parametrize("what", LOSSES)
def test_what_the_store_has_lost_is_said_everywhere_and_the_next_backup_stands_alone(
    home: Home, watched: Path, sink: Sink, what: str
) -> None:
    state, loss = home.begin("plain"), LOSSES[what]
    assert not status_of(watched)["conditions"]
    loss.take_away(home.directory / "store", state)

    found = fsck(home.configuration, check_drill=require_as_written)
    assert found.damaged
    assert {one.kind for one in found.findings} == loss.found
    assert [one["kind"] for one in status_of(watched)["conditions"]] == loss.conditions
    Watcher([load(watched)], Events(list[Event]().append)).once()
    titles = [json.loads(one.body)["title"] for one in sink.requests if one.method == "POST"]
    assert titles == [f"runs/test: {kind.replace('_', ' ')}" for kind in loss.conditions]

    unusable = loss.unusable(state)
    assert unusable.isdisjoint(one.backup_id for one in listed(home.configuration))
    assert all(latest_proof(home.configuration, name) is None for name in unusable)
    manifest = take(home.configuration, method="physical")
    assert manifest.parent not in unusable
    assert drill(home.configuration).verdict == "proven"
