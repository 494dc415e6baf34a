from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from strongroom.config import Configuration, default_document, parse
from strongroom.errors import LeaseLostError, StorageError
from strongroom.schedule.lease import Hold, Lease
from strongroom.storage import LocalStore

LASTS_S = 3_600.0
"""So long that nobody renews by himself while a test runs."""


@dataclass
class StillClock:
    """A clock that goes on when it is told to."""

    s: float = 1_000.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.s, UTC)

    def steady_s(self) -> float:
        return self.s


@pytest.fixture
def here(tmp_path: Path) -> Configuration:
    text = default_document(application="shop", environment="production", database="shop")
    return parse(tmp_path / "strongroom.toml", text)


@pytest.fixture
def there(here: Configuration, tmp_path: Path) -> Configuration:
    """Another machine: the same store, and a state directory of its own."""
    return replace(here, state_cache=tmp_path / "elsewhere")


def lease_of(configuration: Configuration, clock: StillClock | None = None) -> Lease:
    return Lease(configuration, lasts_s=LASTS_S, clock=clock or StillClock())


def marks(configuration: Configuration) -> list[str]:
    return sorted(one.name for one in Path(configuration.store_url).rglob("*.json"))


def test_one_holds_it_and_the_next_gets_it_when_it_is_given_back(
    here: Configuration, there: Configuration
) -> None:
    first, second = lease_of(here), lease_of(there)
    with first.held() as held, second.held() as other:
        assert held is not None
        assert other is None
        number = held.number
    with second.held() as held:
        assert held is not None
        assert held.number > number, "numbers only rise, so that what is older can be told"


def test_on_one_machine_two_are_told_apart_at_once(here: Configuration) -> None:
    with lease_of(here).held() as held, lease_of(here).held() as other:
        assert held is not None
        assert other is None


def test_renewing_keeps_it_however_long_it_takes(here: Configuration, there: Configuration) -> None:
    clock = StillClock()
    waiting = lease_of(there, clock)
    with lease_of(here, clock).held() as held:
        assert held is not None
        for _ in range(10):
            clock.s += LASTS_S * 0.9
            held.renew()
            held.require()
            with waiting.held() as other:
                assert other is None
        assert len(marks(here)) <= 3, "what is behind is swept"


def test_one_that_stands_still_is_dead_and_its_holder_learns_it(
    here: Configuration, there: Configuration
) -> None:
    """The holder is stopped, or cut off from the store, and comes back later."""
    clock = StillClock()
    waiting = lease_of(there, clock)
    with ExitStack() as stack:
        held = stack.enter_context(lease_of(here, clock).held())
        assert held is not None
        with waiting.held() as other:
            assert other is None
        clock.s += LASTS_S - 1
        with waiting.held() as other:
            assert other is None, "not before its time"
        held.require()
        clock.s += 1
        with pytest.raises(LeaseLostError):
            held.require()
        new = stack.enter_context(waiting.held())
        assert new is not None
        assert new.number > held.number
        held.renew()
        clock.s -= LASTS_S  # even by a clock that is wrong
        with pytest.raises(LeaseLostError):
            held.require()
        new.renew()
        new.require()


HOLD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from strongroom.config import load
from strongroom.schedule import Lease
with Lease(load(Path(sys.argv[1]))).held() as held:
    assert held is not None
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_on_its_own_machine_a_killed_holder_is_known_to_be_dead_at_once(
    here: Configuration,
) -> None:
    text = default_document(application="shop", environment="production", database="shop")
    here.path.write_text(text)
    command = [sys.executable, "-c", HOLD_AND_DIE, str(here.path)]
    assert subprocess.run(command, check=False, env=os.environ).returncode == -signal.SIGKILL
    with lease_of(here).held() as held:
        assert held is not None


def test_of_many_at_once_one_has_it(here: Configuration, tmp_path: Path) -> None:
    start, rest = threading.Barrier(8), threading.Barrier(8)
    held: list[Hold] = []

    def take(number: int) -> None:
        lease = lease_of(replace(here, state_cache=tmp_path / str(number)))
        start.wait()
        with lease.held() as hold:
            if hold is not None:
                held.append(hold)
            rest.wait()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 1


def test_a_number_that_was_used_up_and_swept_gives_nobody_the_lease(
    here: Configuration, there: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow is whoever looked long ago and writes only now."""
    slow, put = lease_of(there), LocalStore.put

    def overtaken(self: LocalStore, key: str, data: bytes) -> None:
        monkeypatch.setattr(LocalStore, "put", put)
        for _ in range(3):
            with lease_of(here).held() as held:
                assert held is not None
        put(self, key, data)

    monkeypatch.setattr(LocalStore, "put", overtaken)
    with slow.held() as held:
        assert held is None
    with lease_of(here).held() as held:
        assert held is not None


def test_a_store_that_stored_and_said_that_it_failed_costs_nothing(
    here: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = LocalStore.put

    def lying(self: LocalStore, key: str, data: bytes) -> None:
        monkeypatch.setattr(LocalStore, "put", put)
        put(self, key, data)
        raise StorageError("timed out", next_step="try again")

    with lease_of(here).held() as held:
        assert held is not None
        monkeypatch.setattr(LocalStore, "put", lying)
        with pytest.raises(StorageError):
            held.renew()
        held.renew()
        held.require()


def test_a_damaged_mark_holds_nobody_up_for_ever(here: Configuration) -> None:
    clock = StillClock()
    store = LocalStore(Path(here.store_url))
    store.put("schedule/shop-production/lease/000000000007.json", b"{")
    store.put("schedule/shop-production/lease/others.json", json.dumps({}).encode())
    lease = lease_of(here, clock)
    with lease.held() as held:
        assert held is None
    clock.s += LASTS_S
    with lease.held() as held:
        assert held is not None
        assert held.number == 8


def test_each_database_has_a_lease_of_its_own(here: Configuration) -> None:
    other = replace(here, key="events", state_cache=here.state_cache / "events")
    with lease_of(here).held() as one, lease_of(other).held() as two:
        assert one is not None
        assert two is not None
