"""The second line begins here: what the run imports is guarded as soon as it is there.

A driver is only touched when the run imports it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from strongroom.integrations.pytest import active, children, drivers
from strongroom.integrations.pytest.judging import Run

Guard = Callable[[ModuleType], None]
_GUARDS: Mapping[str, Guard] = {
    "psycopg": drivers.guard_psycopg,
    "psycopg2": drivers.guard_psycopg2,
    "asyncpg": drivers.guard_asyncpg,
    "multiprocessing.spawn": children.guard_children,
}


def watch(run: Run) -> None:
    """Guard what is imported already, and the rest when it is."""
    if active.begin(run):
        for name, guard in _GUARDS.items():
            if name in sys.modules:
                guard(sys.modules[name])
        sys.meta_path.insert(0, _WATCHER)


def unwatch(run: Run) -> None:
    """Leave the drivers as they were before, unless another run goes on around this one."""
    if active.end(run):
        sys.meta_path[:] = [one for one in sys.meta_path if one is not _WATCHER]


class _Watcher(MetaPathFinder):
    """Finds the drivers as ever, and guards each as soon as it has been imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        guard = _GUARDS.get(fullname)
        spec = PathFinder.find_spec(fullname, path, target) if guard else None
        if guard is None or spec is None or spec.loader is None:
            return None
        spec.loader = _GuardedLoader(spec.loader, guard)
        return spec


class _GuardedLoader(Loader):
    def __init__(self, loader: Loader, guard: Guard) -> None:
        self._loader, self._guard = loader, guard

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._guard(module)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  resources and sources, as ever
        return getattr(self._loader, name)


_WATCHER = _Watcher()
