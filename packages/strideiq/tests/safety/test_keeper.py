"""When a backup is due: after changes that have settled, every day, and not in a tight loop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import strongroom
from strideiq.safety.keeper import Keeper, note_change


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[strongroom.Configuration, strongroom.OpenDatabase]]:
    """A pinned database of this module's own, open."""
    path = tmp_path_factory.mktemp("kept") / "strongroom.toml"
    path.write_text(
        strongroom.default_document(application="kept", environment="test", database="kept")
    )
    configuration = strongroom.load_configuration(path)
    strongroom.init(configuration)
    with strongroom.open_database(configuration) as database:
        yield configuration, database


@pytest.fixture
def keeper(
    opened: tuple[strongroom.Configuration, strongroom.OpenDatabase], tmp_path: Path
) -> Keeper:
    return Keeper(*opened, tmp_path / "run", settle_s=30, interval_s=86_400)


def test_backups_follow_changes_once_they_settle(keeper: Keeper, tmp_path: Path) -> None:
    assert keeper.due(datetime.now(tz=UTC)), "there is no backup yet"
    record = keeper.back_up_and_prove()
    assert record.verdict == "proven"
    now = datetime.now(tz=UTC)
    assert not keeper.due(now), "nothing changed since"
    note_change(tmp_path / "run")
    assert not keeper.due(datetime.now(tz=UTC)), "changes have not settled"
    assert keeper.due(datetime.now(tz=UTC) + timedelta(seconds=60))
    assert keeper.due(now + timedelta(hours=25)), "a day is over"


def test_an_attempt_that_failed_is_repeated_later_and_says_why(
    keeper: Keeper, opened: tuple[strongroom.Configuration, strongroom.OpenDatabase]
) -> None:
    configuration, _ = opened
    lock = configuration.lock_path
    hidden = lock.with_suffix(".hidden")
    lock.rename(hidden)
    try:
        with pytest.raises(strongroom.StrongroomError):
            keeper.back_up_and_prove()
    finally:
        hidden.rename(lock)
    assert keeper.work.problem
    now = datetime.now(tz=UTC)
    note_change(keeper._marker.parent)
    os.utime(keeper._marker, (now.timestamp(), now.timestamp()))
    assert not keeper.due(now + timedelta(seconds=60)), "not in a tight loop"
    assert keeper.due(now + timedelta(seconds=700))
    assert keeper.back_up_and_prove().verdict == "proven"
    assert keeper.work.problem is None
