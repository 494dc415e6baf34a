"""A table of orders that backups are taken of, and what happens to it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from strongroom.backups.manifest import Manifest, TableRecord

ORDERS = 2_000
SECRET_WORD = "persimmon"


class AtSteps:
    """A ``Progress`` that does something when a step is reached."""

    def __init__(self, acts: Mapping[str, Callable[[], object]]) -> None:
        self._acts = acts

    def step(self, name: str) -> None:
        if name in self._acts:
            self._acts[name]()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        pass


def record_of(manifest: Manifest, name: str = "public.orders") -> TableRecord:
    return next(table for table in manifest.tables if table.name == name)
