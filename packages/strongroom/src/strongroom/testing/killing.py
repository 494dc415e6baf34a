"""Kill the working process at a named step, as a power cut would.

Faults to survive: the process ends at any step of long work, without a chance to clean up.
Run the work in a child process with ``KillAt(step)`` as its progress; the child ends by
SIGKILL when it reaches the step, and by itself if it never does. So a test can assert both
that every step of a room's ``STEPS`` is reached, and what is left behind there.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

SOAK = "STRONGROOM_SOAK"


def killed_in_this_run(steps: Sequence[str], *, always: str = "\n") -> list[str]:
    """Choose the steps to be killed at: every third one, and all of them in the long suites.

    Args:
        steps: a room's ``STEPS``.
        always: how the names of those begin that no run leaves out.
    """
    if os.environ.get(SOAK):
        return list(steps)
    return [step for n, step in enumerate(steps) if n % 3 == 0 or step.startswith(always)]


class KillAt:
    """A ``Progress`` that ends its own process at a step."""

    def __init__(self, step: str) -> None:
        self._step = step

    def step(self, name: str) -> None:
        """Die here if this is the step."""
        if name == self._step:
            os.kill(os.getpid(), signal.SIGKILL)

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Ignore amounts."""


class RecordSteps:
    """A ``Progress`` that remembers the steps in the order in which they were reached."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def step(self, name: str) -> None:
        """Remember the step."""
        self.steps.append(name)

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Ignore amounts."""
