"""A clock that goes back makes nothing look younger or safer than it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from strongroom.config import Configuration
from strongroom.errors import StateError
from strongroom.identity import check, push_floors
from strongroom.identity.expectation import expectation


def confirm_at(home: Configuration, moment: datetime) -> None:
    """Leave a local copy of the state that was confirmed then, by this machine's clock."""
    cache = home.state_cache / "state.json"
    document = json.loads(cache.read_bytes())
    document["confirmed_at"] = moment.isoformat()
    cache.write_text(json.dumps(document))


def test_without_the_store_a_copy_from_the_future_decides_nothing(home: Configuration) -> None:
    (home.directory / "store").rename(home.directory / "unmounted")
    confirm_at(home, datetime.now(UTC) + timedelta(minutes=2))
    assert check(home).matches, "clocks of two machines differ a little"
    confirm_at(home, datetime.now(UTC) + timedelta(days=2))
    with pytest.raises(StateError, match="yet to come") as refused:
        check(home)
    assert "set the clock right" in refused.value.next_step
    (home.directory / "unmounted").rename(home.directory / "store")
    assert check(home).matches, "with the store the clock decides nothing"


def test_after_a_clock_went_back_new_backups_still_give_floors(home: Configuration) -> None:
    ahead, now = datetime.now(UTC) + timedelta(days=30), datetime.now(UTC)
    push_floors(home, {"public.run": 1000}, backup_id="ahead", at=ahead)
    push_floors(home, {"public.run": 1200}, backup_id="back", at=now)
    expected = expectation(home)
    assert expected is not None
    assert expected.state.current.floors == {"public.run": 1200}
