"""How long work reports itself: named steps, and amounts against a total.

Work takes a ``Progress`` and tells it what it does; who shows it (a terminal, a web page, a
test that kills the process at a named step) is not the work's concern. Each room that does
long work exports its steps as a tuple, so that a test can prove that it interrupted every one.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives what long work says of itself."""

    def step(self, name: str) -> None:
        """The work has just finished the part called ``name`` (for example ``backup.locked``)."""

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """``done`` of ``total`` units of ``task`` are finished; ``total`` is None when unknown."""


class SilentProgress:
    """Shows nothing."""

    def step(self, name: str) -> None:
        """Ignore the step."""

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Ignore the amount."""


SILENT: Progress = SilentProgress()
