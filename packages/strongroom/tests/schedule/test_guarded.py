from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from strongroom.backups import listed, take
from strongroom.config import Configuration
from strongroom.errors import LeaseLostError, StoppedError, StrongroomError
from strongroom.schedule import Lease
from strongroom.schedule.running import Guarded
from strongroom.schedule.stopping import Stop


@dataclass
class SetClock:
    s: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady_s(self) -> float:
        return self.s


@dataclass
class At:
    """A progress that does something at a step."""

    name: str
    act: Callable[[], None]

    def step(self, name: str) -> None:
        if name == self.name:
            self.act()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        pass


@pytest.mark.parametrize("why", ["lost", "asked twice"])
def test_a_backup_is_abandoned_when_the_lease_is_lost_or_a_stop_is_urgent(
    sample: Configuration, why: str
) -> None:
    """Whoever was away too long must not finish what another has begun again."""
    clock, stop, before = SetClock(), Stop(), listed(sample)

    def happen() -> None:
        if why == "lost":
            clock.s += 10_000
        else:
            stop.request()
            stop.request()

    expected: type[StrongroomError] = LeaseLostError if why == "lost" else StoppedError
    with Lease(sample, lasts_s=3_600, clock=clock).held() as hold:
        assert hold is not None
        with pytest.raises(expected):
            take(sample, progress=Guarded(At("backup.described", happen), hold, stop))
    assert listed(sample) == before
    take(sample)
    assert len(listed(sample)) == len(before) + 1
    assert not list((sample.state_cache / "unfinished-backups").iterdir())
