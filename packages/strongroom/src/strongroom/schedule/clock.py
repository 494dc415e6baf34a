"""Two clocks: the one on the wall, which people set, and one that only ever goes on."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

JUMP_S = 60.0
"""From so much on, a difference between the two is called a jump."""

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""It also goes on while the machine sleeps, where there is such a one."""


class Clock(Protocol):
    """Tells time."""

    def now(self) -> datetime:
        """The time on the wall, in UTC."""

    def steady_s(self) -> float:
        """Seconds since some moment; nobody can set this clock."""


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> datetime:
        """The time on the wall, in UTC."""
        return datetime.now(UTC)

    def steady_s(self) -> float:
        """Seconds since the machine was started."""
        return time.clock_gettime(_STEADY)


class JumpDetector:
    """Compares the two clocks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._steady_s = clock.now(), clock.steady_s()

    def jump_s(self) -> float | None:
        """By how much the wall clock was set since the last call; None where it was not.

        Slow corrections, such as a time server makes, are none.
        """
        wall, steady_s = self._clock.now(), self._clock.steady_s()
        jump_s = (wall - self._wall).total_seconds() - (steady_s - self._steady_s)
        self._wall, self._steady_s = wall, steady_s
        return jump_s if abs(jump_s) >= JUMP_S else None
